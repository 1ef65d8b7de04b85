import { i18n } from '@/locales/i18n'
import type { Problem } from './types'

/** Why something was not done, for a person: what the server says, in English; or the page's own text where the title is the key of one. */
export function reason_of(problem: Problem | null | undefined): string {
  if (!problem) return ''
  const { t, te } = i18n.global
  return problem.detail ?? (te(problem.title) ? t(problem.title, { status: problem.status }) : problem.title)
}
