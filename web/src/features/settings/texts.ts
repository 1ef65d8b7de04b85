import en from '@/locales/en_settings'
import { i18n } from '@/locales/i18n'

i18n.global.mergeLocaleMessage('en', { settings: en })
