// @vitest-environment happy-dom
// @vitest-environment-options {"url": "http://localhost/"}
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, shallowRef, type App } from 'vue'
import { EditorView } from '@codemirror/view'
import type { CheckAnswer } from './checker'
import ExpressionEditor from './ExpressionEditor.vue'

const fetch_answer = vi.fn<(expr: string, search: boolean) => CheckAnswer>()
const applied = vi.fn()
const left = vi.fn()
const text = shallowRef('')
let app: App
let root: HTMLElement
const AT_LAST = { timeout: 30_000 }
const VALID: CheckAnswer = { valid: true, error: null }
const bad = (message: string, offset: number, length: number): CheckAnswer => ({ valid: false, error: { stage: 'check', message, line: 1, column: offset + 1, offset, length } })

function mount(start: string): HTMLInputElement {
  text.value = start
  app = createApp(() =>
    h(
      ExpressionEditor,
      { modelValue: text.value, 'onUpdate:modelValue': (to: string) => (text.value = to), environment: 'log', search: true, label: 'Filter', onApply: applied, onLeave: left },
      { default: ({ taken }: { taken?: string }) => h('b', taken) },
    ),
  )
  app.mount(root)
  return root.querySelector('input')!
}
const key = (field: HTMLElement, name: string) => field.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))
async function type(field: HTMLInputElement, value: string): Promise<void> {
  field.value = value
  field.dispatchEvent(new Event('input'))
  await nextTick()
}
const message = () => root.querySelector('.expression-fault p')?.textContent

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'))
  for (const mock of [fetch_answer, applied, left]) mock.mockReset()
  fetch_answer.mockReturnValue(VALID)
  vi.stubGlobal('fetch', async (_url: URL, init: RequestInit) => {
    const { expr, search = false } = JSON.parse(init.body as string) as { expr: string; search?: boolean }
    return Response.json(fetch_answer(expr, search))
  })
})
afterEach(() => {
  app.unmount()
  root.remove()
  vi.unstubAllGlobals()
})

describe('the box', () => {
  it('works before the editor is there', async () => {
    const field = mount('')
    expect(field.getAttribute('aria-label')).toBe('Filter')
    fetch_answer.mockReturnValue({ ...VALID, shorthand: true, expression: '(lower(text) contains "timeout" and level == "warn")' })
    await type(field, ' timeout level:warn')
    key(field, 'Enter')
    await vi.waitFor(() => expect(applied).toHaveBeenCalledExactlyOnceWith('lower(text) contains "timeout" and level == "warn"', 'timeout level:warn'), AT_LAST)
    expect(fetch_answer).toHaveBeenCalledWith('timeout level:warn', true)
    await type(field, '')
    key(field, 'Enter')
    expect(applied).toHaveBeenLastCalledWith('', '')
    key(field, 'Escape')
    expect(left).toHaveBeenCalledOnce()
  })
  it('hands text, selection and focus to the editor', async () => {
    const field = mount('level == "warn"')
    field.focus()
    field.setSelectionRange(2, 5)
    await vi.waitFor(() => expect(root.querySelector('.cm-editor')).not.toBeNull(), AT_LAST)
    const view = EditorView.findFromDOM(root)!
    expect(view.state.doc.toString()).toBe('level == "warn"')
    expect(view.state.selection.main).toMatchObject({ anchor: 2, head: 5 })
    expect(document.activeElement).toBe(view.contentDOM)
    await nextTick()
    expect(root.querySelector('input')).toBeNull()
    view.contentDOM.blur() // happy-dom tells of a moved selection in the middle of an update, as no browser does
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: 'stream == "stderr"' } })
    expect(text.value).toBe('stream == "stderr"')
    text.value = 'x'
    await nextTick()
    expect(view.state.doc.toString()).toBe('x')
  })
  it('waits for an input method before it changes places', async () => {
    const field = mount('')
    field.dispatchEvent(new Event('compositionstart'))
    field.focus()
    await import('./editor')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(root.querySelector('.cm-editor')).toBeNull()
    field.dispatchEvent(new Event('compositionend'))
    await vi.waitFor(() => expect(root.querySelector('.cm-editor')).not.toBeNull(), AT_LAST)
  })
})

describe('what a text was taken for', () => {
  it('is told as soon as it is known, and still of the expression that takes its place', async () => {
    const expression = 'lower(text) contains "redis:7" or fields?.redis in [7, "7"]'
    applied.mockImplementation((to: string) => (text.value = to))
    fetch_answer.mockReturnValue({ ...VALID, shorthand: true, expression: `(${expression})`, taken: 'field or text' })
    const field = mount('')
    const word = () => root.querySelector('b')?.textContent
    expect(word()).toBe('')
    await type(field, 'redis:7')
    await vi.waitFor(() => expect(word()).toBe('field or text'), AT_LAST)
    fetch_answer.mockReturnValue({ ...VALID, shorthand: false, expression, taken: 'expression' })
    key(field, 'Enter')
    await vi.waitFor(() => expect(text.value).toBe(expression), AT_LAST)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(word()).toBe('field or text')
    await type(field, `${expression} and true`)
    await vi.waitFor(() => expect(word()).toBe('expression'), AT_LAST)
    await type(field, '')
    expect(word()).toBe('')
  })
})

describe('what is wrong', () => {
  it('is said, and not applied', async () => {
    fetch_answer.mockReturnValue(bad('unknown name lvel', 0, 4))
    const field = mount('lvel == 1')
    await vi.waitFor(() => expect(message()).toBe('unknown name lvel'), AT_LAST)
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(document.getElementById(field.getAttribute('aria-describedby')!)?.textContent).toContain('unknown name lvel')
    key(field, 'Enter')
    expect(applied).not.toHaveBeenCalled()
    fetch_answer.mockReturnValue({ ...VALID, shorthand: false, expression: 'level == "warn"' })
    await type(field, 'level == "warn"')
    expect(message()).toBeUndefined()
    key(field, 'Enter')
    await vi.waitFor(() => expect(applied).toHaveBeenCalledExactlyOnceWith('level == "warn"', 'level == "warn"'), AT_LAST)
  })
  it('is said when it is applied before it was checked', async () => {
    fetch_answer.mockReturnValue(bad('the quote is not closed', 2, 0))
    const field = mount('')
    await type(field, 'a "open')
    key(field, 'Enter')
    await vi.waitFor(() => expect(message()).toBe('the quote is not closed'), AT_LAST)
    expect(applied).not.toHaveBeenCalled()
  })
  it('is unknown without a server, and then nothing holds the reader up', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('away')))
    const field = mount('lvel == 1')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(message()).toBeUndefined()
    key(field, 'Enter')
    await vi.waitFor(() => expect(applied).toHaveBeenCalledExactlyOnceWith('lvel == 1', 'lvel == 1'), AT_LAST)
  })
})
