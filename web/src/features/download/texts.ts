import en from '@/locales/en_download'
import { i18n } from '@/locales/i18n'

i18n.global.mergeLocaleMessage('en', { download: en })
