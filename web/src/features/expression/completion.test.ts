import { describe, expect, it } from 'vitest'
import type { CheckAnswer } from './checker'
import { base_at, complete, join, question_at, type Knowledge } from './completion'
import { Vocabulary } from './vocabulary'

const LOG: Knowledge = {
  vocabulary: new Vocabulary(),
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
const METRIC: Knowledge = { vocabulary: new Vocabulary(), environment: 'metric', search: false, seen: [] }

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
    ['len(text) > 1 and time.Ho|', 'Ho', [], ['text']],
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
    expect(at('cpu > 1 and .|', METRIC)?.labels).toEqual([])
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

describe('what the server says of a place', () => {
  const told = (replace_from: number, ...completions: [label: string, kind: 'variable' | 'field' | 'function' | 'keyword' | 'value', detail?: string, help?: string][]): CheckAnswer => ({
    valid: false,
    error: null,
    replace_from,
    completions: completions.map(([label, kind, detail = '', help = '']) => ({ label, kind, detail, help })),
  })
  const joined = (marked: string, answer: CheckAnswer, knowledge = LOG) => {
    const text = marked.replace('|', '')
    return join(complete(text, marked.indexOf('|'), knowledge, true), answer, text)?.options ?? []
  }

  it('is added to what is known here, once', () => {
    const options = joined('len(text) > 1 and ti|', told(18, ['time', 'variable', 'time'], ['tint(', 'function', 'tint(text) string', 'Colours it.']))
    expect(options.filter((option) => option.label === 'time')).toHaveLength(1)
    expect(options.find((option) => option.label === 'tint')).toMatchObject({ kind: 'function', detail: '(text) string', help: 'Colours it.' })
  })
  it('is all there is where only the server knows, such as the methods of a time', () => {
    expect(joined('len(text) > 1 and time.Ho|', told(23, ['Hour(', 'function'])).map((option) => option.label)).toEqual(['Hour'])
  })
  it('is left out where no name can stand, and where it is about another place', () => {
    expect(joined('level >= "warn" te|', told(16, ['text', 'variable'])).map((option) => option.label)).not.toContain('text')
    expect(joined('len(text) > 1 and zz|', told(3, ['zzz', 'variable'])).map((option) => option.label)).not.toContain('zzz')
  })
  it('stands at a place in code points, without the white space before the expression', () => {
    expect(question_at('  "😀" == te', 12)).toEqual({ expression: '"😀" == te', caret: 9 })
    expect(question_at('  a ', 4)).toEqual({ expression: 'a', caret: 1 })
    const options = joined('  "😀" == te|', told(7, ['tell', 'variable', 'text', 'Of the server.']))
    expect(options.find((option) => option.label === 'tell')).toMatchObject({ detail: 'text', help: 'Of the server.' })
  })
  it('is remembered, with its help', () => {
    const vocabulary = new Vocabulary()
    expect(vocabulary.knows('log')).toBe(false)
    vocabulary.learn('log', '', told(0, ['text', 'variable', 'string', 'The line as text.'], ['container', 'variable', 'group'], ['trim(', 'function', 'trim(text, characters?) string', 'Cuts.']))
    vocabulary.learn('log', base_at('level == "a" and container.na', 29), told(27, ['name', 'variable', 'string', 'Its name.'], ['Hour(', 'function']))
    expect(vocabulary.knows('log')).toBe(true)
    const knowledge = { ...LOG, vocabulary }
    const option = (marked: string, label: string) => at(marked, knowledge)?.options.find((each) => each.label === label)
    expect(option('len(text) > 1 and te|', 'text')).toMatchObject({ detail: 'text', help: 'The line as text.' })
    expect(option('len(text) > 1 and tr|', 'trim')).toMatchObject({ detail: '(text, characters?) string', help: 'Cuts.' })
    expect(option('len(text) > 1 and container.n|', 'name')).toMatchObject({ help: 'Its name.' })
    expect(vocabulary.function('Hour')).toBeUndefined()
  })
})
