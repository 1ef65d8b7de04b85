import en from '@/locales/en/download'
import { i18n } from '@/locales/i18n'

i18n.global.mergeLocaleMessage('en', { download: en })
