import en from '@/locales/en/keys'
import { i18n } from '@/locales/i18n'

i18n.global.mergeLocaleMessage('en', en)
