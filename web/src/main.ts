import './styles/main.css'
import { createApp } from 'vue'
import { start_alert_watch } from '@/features/alerts/alert_watch'
import { start_fleet } from '@/features/containers/fleet'
import { start_stats } from '@/features/containers/stats'
import App from '@/features/shell/App.vue'
import { create_router } from '@/features/shell/router'
import { start_info } from '@/features/shell/info'
import { start_live } from '@/lib/live/bridge'
import { start_prefs } from '@/lib/prefs/prefs'
import { i18n, start_language } from '@/locales/i18n'

start_prefs()
const texts = start_language()
start_fleet()
start_stats()
start_info()
start_live()
const router = create_router()
start_alert_watch((id) => void router.push({ name: 'alerts', params: { id } }))
void texts.then(() => createApp(App).use(i18n).use(router).mount('#app'))
