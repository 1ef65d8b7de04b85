import { describe, expect, it } from 'vitest'
import { complete, type Knowledge } from './completion'

const LOG: Knowledge = {
  environment: 'log',
  search: true,
  seen: [
    { path: 'status', values: ['200', '503'] },
    { path: 'user', values: [] },
    { path: 'user.name', values: ['"Ada L"', '"Bob"'] },
    { path: 'x-id', values: ['"a1"'] },
    { path: 'level', values: ['"info"', '"notice"'] },
    { path: 'container.name', values: ['"shop-api-1"'] },
  ],
}
const METRIC: Knowledge = { environment: 'metric', search: false, seen: [] }

/** `|` is the caret; `<…>` is what the first option that starts so would take the place of. */
function at(marked: string, knowledge = LOG, asked = false) {
  const caret = marked.indexOf('|')
  const text = marked.replace('|', '')
  const found = complete(text, caret, knowledge, asked)
  return found && { replaced: text.slice(found.from, found.to), labels: found.options.map((option) => option.label), options: found.options }
}

describe('an expression is completed', () => {
  it.each([
    // where, what is replaced, some that are offered, some that are not
    ['level >= "warn" and te|', 'te', ['text', 'message', 'trim', 'not'], ['and', 'contains']],
    ['level >= |', '', ['"warn"', '"error"', '"notice"'], ['"stdout"']],
    ['level >= "wa|', '"wa', ['"warn"'], ['warn', 'level']],
    ['level >= "wa|"', '"wa"', ['"warn"'], ['level']],
    ['level in ["warn", |', '', ['"error"'], ['"stdout"']],
    ['stream == "|"', '""', ['"stdout"', '"stderr"'], ['"warn"']],
    ['message.status >= |', '', ['200', '503'], ['"warn"']],
    ['fields?.user?.name == "|', '"', ['"Ada L"', '"Bob"'], []],
    ['container.name == "|', '"', ['"shop-api-1"'], ['"Bob"']],
    ['lower(container.name) contains "sh|', '"sh', ['"shop-api-1"'], []],
    ['container.|name == ""', 'name', ['name', 'service', 'labels'], ['level', 'status']],
    ['message.|', '', ['status', 'user'], ['user.name', 'x-id', 'name']],
    ['message.user.na| == 1', 'na', ['name'], ['status']],
    ['len(text) > 1 and time.Ho|', 'Ho', ['Hour', 'Unix'], ['text']],
    ['len(text) > 1 and level |', '', ['>=', '==', 'in'], ['contains', 'text']],
    ['level >= "warn" |', '', ['and', 'or'], ['text']],
    ['level >= "warn" an|', 'an', ['and'], ['any']],
    ['len(text) > 1 and not (stat|', 'stat', ['fields?.status', 'fields?.user?.name', 'fields?.["x-id"]'], []],
  ])('at %s', (marked, replaced, offered, not_offered) => {
    const found = at(marked)
    expect(found?.replaced).toBe(replaced)
    expect(found?.labels).toEqual(expect.arrayContaining(offered))
    for (const label of not_offered) expect(found?.labels).not.toContain(label)
  })
  it('with the fields of a mount in a predicate', () => {
    expect(at('any(mounts, .used|)', METRIC)?.labels).toContain('usedPercent')
    expect(at('cpu > 1 and .|', METRIC)).toBeNull()
  })
  it.each(['level >= "warn" // te|', 'text contains "te|', 'len(text) > 12|', 'len(text) > 1 and |', 'message == 1.|', 'level >= "warn"|'])('nowhere that it would only disturb: %s', (marked) => expect(at(marked)).toBeNull())
  it('wherever it is asked for', () => {
    expect(at('len(text) > 1 and |', LOG, true)?.labels).toContain('level')
    expect(at('|', { ...LOG, search: false }, true)?.labels).toContain('level')
  })
  it('with every option once', () => {
    for (const marked of ['level >= |', 'level >= w|', 'len(text) > 1 and l|', 'le|', 'a le|', 'message.|', 'len(text) > 1 and level |']) {
      const labels = at(marked)!.labels
      expect(labels.length, marked).toBe(new Set(labels).size)
    }
  })
})

describe('the words of a search are completed', () => {
  it.each([
    ['le|', 'le', ['level', 'level:', 'len'], []],
    ['timeout le|', 'le', ['level:', 'service:', 'status:', 'user.name:'], ['level', 'len']],
    ['timeout -ser|', 'ser', ['service:'], []],
    ['level:|', '', ['warn', 'error', 'notice'], ['"warn"', 'stdout']],
    ['timeout level:>=wa|', 'wa', ['warn'], []],
    ['name:|', '', ['shop-api-1'], []],
    ['user.name:|', '', ['"Ada L"', 'Bob'], ['"Bob"']],
    ['status:50|', '50', ['503'], []],
    ['level |', '', ['>=', 'in'], ['text']],
  ])('at %s', (marked, replaced, offered, not_offered) => {
    const found = at(marked)
    expect(found?.replaced).toBe(replaced)
    expect(found?.labels).toEqual(expect.arrayContaining(offered))
    for (const label of not_offered) expect(found?.labels).not.toContain(label)
  })
  it.each(['timeout |', '|', '"le|', '/le|', 'connection |refused'])('not at %s', (marked) => expect(at(marked)).toBeNull())
})
