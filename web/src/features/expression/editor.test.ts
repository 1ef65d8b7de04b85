// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EditorView, runScopeHandlers } from '@codemirror/view'
import { completionStatus, currentCompletions, startCompletion } from '@codemirror/autocomplete'
import { create_editor, type Editor, type EditorOptions } from './editor'
import { expression_language, shorthand_language } from './language'
import { language as language_facet } from '@codemirror/language'
import type { CheckAnswer } from './checker'
import type { Knowledge } from './completion'
import { Vocabulary } from './vocabulary'

const LOG: Knowledge = { environment: 'log', search: true, seen: [], vocabulary: new Vocabulary() }
const on = { text: vi.fn(), apply: vi.fn(), leave: vi.fn() }
let parent: HTMLElement
let editor: Editor
let view: EditorView

function open(text: string, options: Partial<EditorOptions> = {}): void {
  editor = create_editor({
    parent,
    text,
    selection: { anchor: text.length, head: text.length },
    multiline: false,
    label: 'Filter',
    described_by: 'note',
    placeholder: '',
    knowledge: () => LOG,
    on_text: on.text,
    on_apply: on.apply,
    on_leave: on.leave,
    on_focus: () => undefined,
    on_list: () => undefined,
    on_layout: () => undefined,
    ...options,
  })
  view = EditorView.findFromDOM(parent)!
}
const text = () => view.state.doc.toString()
const type = (insert: string) => {
  const at = view.state.selection.main.head
  view.dispatch({ changes: { from: at, insert }, selection: { anchor: at + insert.length }, userEvent: 'input.type' })
}
const press = (key: string, more: KeyboardEventInit = {}) => runScopeHandlers(view, new KeyboardEvent('keydown', { key, ...more }), 'editor')
const list = async () => {
  startCompletion(view)
  await vi.waitFor(() => expect(completionStatus(view.state)).toBe('active'), { timeout: 30_000 })
}

beforeEach(() => {
  parent = document.body.appendChild(document.createElement('div'))
  for (const call of Object.values(on)) call.mockReset()
})
afterEach(() => {
  editor.destroy()
  parent.remove()
})

describe('the keys', () => {
  it('Enter applies what was typed, even with a list open', async () => {
    open('le')
    await list()
    expect(press('Enter')).toBe(true)
    expect(on.apply).toHaveBeenCalledOnce()
    expect(text()).toBe('le')
  })
  it('Enter takes what was chosen in the list', async () => {
    open('len(text) > 1 and stre')
    await list()
    press('ArrowDown')
    press('Enter')
    expect(on.apply).not.toHaveBeenCalled()
    expect(text()).toBe('len(text) > 1 and stream')
  })
  it('Tab completes only while a list is open', async () => {
    open('len(text) > 1 and stre')
    expect(press('Tab')).toBe(false)
    await list()
    expect(press('Tab')).toBe(true)
    expect(text()).toBe('len(text) > 1 and stream')
  })
  it('Escape closes the list, then leaves', async () => {
    open('le')
    await list()
    press('Escape')
    expect(completionStatus(view.state)).toBeNull()
    expect(on.leave).not.toHaveBeenCalled()
    press('Escape')
    expect(on.leave).toHaveBeenCalledOnce()
  })
  it('Enter begins a line where there are several, and Ctrl+Enter applies', () => {
    open('a', { multiline: true })
    press('Enter')
    expect(text()).toBe('a\n')
    expect(on.apply).not.toHaveBeenCalled()
    press('Enter', { ctrlKey: true })
    expect(on.apply).toHaveBeenCalledOnce()
  })
})

describe('the text', () => {
  it('stays on one line', () => {
    open('a\n b')
    expect(text()).toBe('a b')
    type('\nc\nd')
    expect(text()).toBe('a b c d')
    expect(view.state.selection.main.head).toBe(7)
    expect(on.text).toHaveBeenLastCalledWith('a b c d')
  })
  it('is typed over where some is selected, and put into quotes by a quote', () => {
    open('len(text)', { selection: { anchor: 0, head: 9 } })
    const input = (data: string) => view.contentDOM.dispatchEvent(new InputEvent('beforeinput', { inputType: 'insertText', data, cancelable: true, bubbles: true }))
    expect(input('"')).toBe(false)
    expect(text()).toBe('"len(text)"')
    expect(input('x')).toBe(false)
    expect(text()).toBe('"x"')
    expect(input('y')).toBe(true) // nothing is selected: the browser's to do
  })
  it('that is set from outside is not told back', () => {
    open('a')
    editor.set_text('b')
    expect(text()).toBe('b')
    expect(on.text).not.toHaveBeenCalled()
  })
  it('keeps the selection of the field before it', () => {
    open('timeout', { selection: { anchor: 4, head: 1 } })
    expect(view.state.selection.main).toMatchObject({ anchor: 4, head: 1 })
  })
  it('is read as words until it is an expression', () => {
    open('level')
    expect(view.state.facet(language_facet)).toBe(shorthand_language)
    type(' >= "warn"')
    expect(view.state.facet(language_facet)).toBe(expression_language)
    editor.set_text('level:warn')
    expect(view.state.facet(language_facet)).toBe(shorthand_language)
  })
  it('of a call gets its parentheses, with the caret between them', async () => {
    open('level == "a" and low')
    await list()
    press('Tab')
    expect(text()).toBe('level == "a" and lower()')
    expect(view.state.selection.main.head).toBe(text().length - 1)
  })
})

describe('the list of completions', () => {
  const labels = () => currentCompletions(view.state).map((completion) => completion.label)
  const told: CheckAnswer = { valid: false, error: null, replace_from: 23, completions: [{ label: 'Hour(', kind: 'function', detail: '', help: '' }] }
  it('has what the server says of the place', async () => {
    const ask = vi.fn(() => Promise.resolve(told))
    open('len(text) > 1 and time.Ho', { knowledge: () => ({ ...LOG, ask }) })
    await list()
    expect(labels()).toEqual(['Hour'])
    expect(ask).toHaveBeenCalledWith('len(text) > 1 and time.Ho', 25, expect.any(AbortSignal))
  })
  it('waits for a slow server where only that knows', async () => {
    let answer: (told: CheckAnswer) => void = () => undefined
    const asked = vi.fn(() => new Promise<CheckAnswer>((resolve) => (answer = resolve)))
    open('len(text) > 1 and time.Ho', { knowledge: () => ({ ...LOG, ask: asked }) })
    startCompletion(view)
    await vi.waitFor(() => expect(asked).toHaveBeenCalled())
    await new Promise((resolve) => setTimeout(resolve, 200)) // longer than the list waits when it has something to show
    answer(told)
    await vi.waitFor(() => expect(labels()).toEqual(['Hour']))
  })
  it('opens without a server, and with one that does not answer', async () => {
    for (const ask of [() => Promise.resolve(null), () => new Promise<null>(() => undefined)]) {
      open('len(text) > 1 and stre', { knowledge: () => ({ ...LOG, ask }) })
      await list()
      expect(labels()).toContain('stream')
      editor.destroy()
    }
  })
  it('gives a question up when the text goes on', async () => {
    const signals: AbortSignal[] = []
    const ask = (_text: string, _at: number, signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<null>(() => undefined)
    }
    open('len(text) > 1 and stre', { knowledge: () => ({ ...LOG, ask }) })
    startCompletion(view)
    await vi.waitFor(() => expect(signals).toHaveLength(1), { timeout: 30_000 })
    type(' ')
    expect(signals[0]!.aborted).toBe(true)
  })
  it('says what a function takes, once that was told', () => {
    open('len(text) > 1 and trim(text, ')
    expect(document.querySelector('.cm-signature')).toBeNull()
    const vocabulary = new Vocabulary()
    vocabulary.learn('log', '', { ...told, completions: [{ label: 'trim(', kind: 'function', detail: 'trim(text, characters?) string', help: 'Cuts.' }] })
    editor.destroy()
    open('len(text) > 1 and trim(text, ', { knowledge: () => ({ ...LOG, vocabulary }) })
    expect(document.querySelector('.cm-signature')?.textContent).toBe('trim(text, characters?) stringCuts.')
    expect(document.querySelector('.cm-signature b')?.textContent).toBe('characters?')
  })
})

describe('a fault', () => {
  it('is marked and said to assistive technology until the text is changed there', () => {
    open('lvel == 1')
    editor.set_fault({ from: 0, to: 4 })
    expect(parent.querySelector('.cm-fault')?.textContent).toBe('lvel')
    expect(view.contentDOM.getAttribute('aria-invalid')).toBe('true')
    editor.set_fault(null)
    expect(parent.querySelector('.cm-fault')).toBeNull()
    expect(view.contentDOM.hasAttribute('aria-invalid')).toBe(false)
  })
  it('at or after the end is marked there', () => {
    open('a +')
    editor.set_fault({ from: 90, to: 91 })
    expect(parent.querySelector('.cm-fault-end')).not.toBeNull()
  })
})

it('the editor has a name, and its rules stand in a constructed style sheet', () => {
  open('', { placeholder: 'words' })
  expect(view.contentDOM.getAttribute('role')).toBe('combobox')
  type('a')
  for (const name of ['aria-multiline', 'aria-placeholder']) expect(view.contentDOM.hasAttribute(name)).toBe(false)
  expect(view.contentDOM.getAttribute('aria-label')).toBe('Filter')
  expect(view.contentDOM.getAttribute('aria-describedby')).toBe('note')
  expect(document.querySelector('style')).toBeNull()
  expect(document.adoptedStyleSheets.length).toBe(1)
})
