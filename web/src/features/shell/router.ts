import { createRouter, createWebHistory, START_LOCATION, type Router } from 'vue-router'
import { log_place } from '@/features/containers/log_place'
import Dashboard from '@/features/dashboard/Dashboard.vue'
import { prefs } from '@/lib/prefs/prefs'
import { screen_texts } from '@/locales/i18n'

const rule_editor = () => import('@/features/alerts/RuleEditor.vue')
const destination_editor = () => import('@/features/alerts/DestinationEditor.vue')

/** The server may be mounted under a path, which it writes into `<base href>`. */
export function create_router(): Router {
  const router = createRouter({
    history: createWebHistory(new URL(document.baseURI).pathname),
    routes: [
      { path: '/', name: 'home', component: Dashboard },
      { path: '/logs/:address(.*)', name: 'logs', component: () => import('@/features/logs/LogPage.vue') },
      { path: '/container/:address', name: 'container', component: () => import('@/features/container/ContainerPage.vue') },
      { path: '/views', name: 'views', component: () => import('@/features/views/ViewsPage.vue') },
      { path: '/search', name: 'search', component: () => import('@/features/search/SearchPage.vue') },
      { path: '/history', name: 'history', component: () => import('@/features/history/HistoryPage.vue') },
      { path: '/alerts/:id(\\d{1,15})?', name: 'alerts', component: () => import('@/features/alerts/AlertsPage.vue') },
      { path: '/rules', name: 'rules', component: () => import('@/features/alerts/RulesPage.vue') },
      { path: '/rules/new', name: 'rule_new', component: rule_editor },
      { path: '/rules/:id(\\d{1,15})', name: 'rule', component: rule_editor },
      { path: '/destinations', name: 'destinations', component: () => import('@/features/alerts/DestinationsPage.vue') },
      { path: '/destinations/new', name: 'destination_new', component: destination_editor },
      { path: '/destinations/:id(\\d{1,15})', name: 'destination', component: destination_editor },
      { path: '/silences', name: 'silences', component: () => import('@/features/alerts/SilencesPage.vue') },
      { path: '/settings', name: 'settings', component: () => import('@/features/settings/SettingsPage.vue') },
      { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./NotFound.vue') },
    ],
  })
  router.beforeEach((to, from) => {
    if (from !== START_LOCATION || to.fullPath !== '/') return true
    // Only who opens the page as such starts elsewhere; the list of containers stays a click away.
    if (prefs.start_page === 'alerts') return { name: 'alerts', replace: true }
    return prefs.start_page === 'log' && prefs.last_log ? { ...log_place(prefs.last_log), replace: true } : true
  })
  // The dashboard says nothing but what is there from the beginning.
  router.beforeResolve((to) => (to.name === 'home' ? undefined : screen_texts()))
  return router
}
