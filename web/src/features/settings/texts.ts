import en from '@/locales/en/settings'
import { i18n } from '@/locales/i18n'

i18n.global.mergeLocaleMessage('en', { settings: en })
