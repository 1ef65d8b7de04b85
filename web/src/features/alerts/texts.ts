import en from '@/locales/en/alerts'
import { i18n } from '@/locales/i18n'

// The texts of these screens come with them: a first visit to a log does not load them.
i18n.global.mergeLocaleMessage('en', { alerts: en })
