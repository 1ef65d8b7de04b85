// The CodeMirror editor of an expression. It is a chunk of its own: only `import('./editor')` may name this file.
import { i18n } from '@/locales/i18n'
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionStatus, insertCompletionText, moveCompletionSelection, pickedCompletion, selectedCompletionIndex, startCompletion, type Completion, type CompletionSource } from '@codemirror/autocomplete'
import { history, historyKeymap, insertNewline, standardKeymap } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { Compartment, EditorSelection, EditorState, Prec, StateEffect, StateField, type Extension } from '@codemirror/state'
import { Decoration, EditorView, keymap, placeholder, showTooltip, WidgetType, type DecorationSet, type Tooltip } from '@codemirror/view'
import { adopt_styles } from './adopt_styles'
import { complete, join, type Knowledge, type Option } from './completion'
import { expression_language, highlighting, shorthand_language } from './language'
import { is_words } from './reading'
import { active_call, parameter_of, parameters_of } from './signature'
import { editor_theme } from './theme'
import './texts'

export interface EditorOptions {
  parent: HTMLElement
  text: string
  /** UTF-16 places, as an input has them. */
  selection: { anchor: number; head: number }
  multiline: boolean
  label: string
  described_by: string
  placeholder: string
  /** Asked for whenever something is to be completed. */
  knowledge: () => Knowledge
  on_text: (text: string) => void
  on_apply: () => void
  on_leave: () => void
  on_focus: (focused: boolean) => void
  /** The list of completions is open, which hides what is below the box. */
  on_list: (open: boolean) => void
  /** Something moved: the fault may stand at another place on the screen. */
  on_layout: () => void
}

export interface Editor {
  set_text(text: string): void
  /** Marks a UTF-16 range as faulty; null for none. */
  set_fault(range: { from: number; to: number } | null): void
  /** Where a range starts in the viewport, within what can be seen of the editor, and how wide it is; null while nothing is laid out. */
  place_of(range: { from: number; to: number }): { left: number; width: number } | null
  focus(select: boolean): void
  blur(): void
  destroy(): void
}

const one_line = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' ')

// --- the fault in the text

const set_fault = StateEffect.define<{ from: number; to: number } | null>()
class EndMark extends WidgetType {
  toDOM(): HTMLElement {
    const mark = document.createElement('span')
    mark.className = 'cm-fault-end'
    mark.ariaHidden = 'true'
    return mark
  }
}
const fault_field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    marks = marks.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(set_fault)) continue
      if (!effect.value) return Decoration.none
      const length = transaction.newDoc.length
      const [from, to] = [Math.min(effect.value.from, length), Math.min(effect.value.to, length)]
      marks = Decoration.set(from === to ? Decoration.widget({ widget: new EndMark(), side: 1 }).range(from) : Decoration.mark({ class: 'cm-fault' }).range(from, to))
    }
    return marks
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    EditorView.contentAttributes.from(field, (marks): Record<string, string> => (marks.size > 0 ? { 'aria-invalid': 'true' } : {})),
  ],
})

// --- which language it is

const language = new Compartment()
const language_of = (words: boolean): Extension => (words ? shorthand_language : expression_language)

function follow_language(knowledge: () => Knowledge): Extension {
  return EditorState.transactionExtender.of((transaction) => {
    if (!transaction.docChanged || !knowledge().search) return null
    const wanted = language_of(is_words(transaction.newDoc.toString(), knowledge().environment))
    return language.get(transaction.startState) === wanted ? null : { effects: language.reconfigure(wanted) }
  })
}

// --- completion

/** A function is written with its parentheses, and the caret goes between them. */
function write_call(view: EditorView, completion: Completion, from: number, to: number): void {
  const followed = view.state.sliceDoc(to, to + 1) === '('
  const takes_nothing = /^\(\s*\)/.test(completion.detail ?? '')
  const transaction = insertCompletionText(view.state, completion.label + (followed ? '' : '()'), from, to)
  const caret = from + completion.label.length + (followed || !takes_nothing ? 1 : 2)
  view.dispatch({ ...transaction, selection: EditorSelection.cursor(caret), annotations: pickedCompletion.of(completion) })
}

const as_completion = ({ kind, help, ...option }: Option): Completion => ({
  ...option,
  type: kind,
  ...(help && { info: help }),
  ...(kind === 'function' && { apply: write_call }),
})

// The list waits this long for what the server has to say; then it opens with what the page knows, if that is anything.
const PATIENCE = 120

const source =
  (knowledge: () => Knowledge): CompletionSource =>
  async (context) => {
    const text = context.state.doc.toString()
    const known = knowledge()
    let found = complete(text, context.pos, known, context.explicit)
    if (found?.open && known.ask) {
      const aborter = new AbortController()
      context.addEventListener('abort', () => aborter.abort(), { onDocChange: true })
      const asked = known.ask(text, context.pos, aborter.signal)
      const told = await (found.options.length > 0 ? in_time(asked, PATIENCE) : asked)
      // Asked again: what was told has been learned.
      if (told) found = join(complete(text, context.pos, known, context.explicit), told, text)
    }
    return found && found.options.length > 0 ? { from: found.from, to: found.to, options: found.options.map(as_completion), validFor: /^[\p{L}\p{Nd}_$]+$/u } : null
  }

function in_time<T>(promise: Promise<T | null>, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms)
    void promise.then((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}

// --- what a function takes

const call_field = (knowledge: () => Knowledge) =>
  StateField.define<Tooltip | null>({
    create: (state) => call_tooltip(state, knowledge()),
    update: (tooltip, transaction) => (transaction.docChanged || transaction.selection ? call_tooltip(transaction.state, knowledge()) : tooltip),
    provide: (field) => showTooltip.from(field),
  })

function call_tooltip(state: EditorState, { vocabulary }: Knowledge): Tooltip | null {
  const { main } = state.selection
  const call = main.empty ? active_call(state.doc.toString(), main.head) : null
  const called = call && vocabulary.function(call.name)
  if (!called || language.get(state) !== expression_language) return null
  const { detail: signature, help } = called
  const current = parameter_of(signature, call.argument)
  const create = () => {
    const dom = document.createElement('div')
    dom.className = 'cm-signature'
    const line = dom.appendChild(document.createElement('code'))
    line.append(`${call.name}(`)
    parameters_of(signature).forEach((parameter, i) => {
      if (i > 0) line.append(', ')
      if (i === current) line.appendChild(document.createElement('b')).append(parameter)
      else line.append(parameter)
    })
    line.append(signature.slice(signature.lastIndexOf(')')))
    dom.appendChild(document.createElement('p')).append(help)
    return { dom }
  }
  return { pos: call.at, above: true, create }
}

/**
 * Typing over a selection is done here and not by the browser: Chromium keeps the colour of what it replaces by an inline style, which the
 * Content-Security-Policy refuses and the console tells of.
 */
function type_over(event: InputEvent, view: EditorView): boolean {
  const { main } = view.state.selection
  const text = event.data
  if (event.inputType !== 'insertText' || !text || main.empty || view.composing) return false
  event.preventDefault()
  const insert = () => view.state.update({ ...view.state.replaceSelection(text), userEvent: 'input.type', scrollIntoView: true })
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, text, insert))) view.dispatch(insert())
  return true
}

// --- keys

/** Tab takes a completion only while the list is open, so that it leaves the box like any other field. */
function take_first(view: EditorView): boolean {
  if (completionStatus(view.state) !== 'active') return false
  if (selectedCompletionIndex(view.state) === null) moveCompletionSelection(true)(view)
  return acceptCompletion(view)
}

function keys(options: EditorOptions): Extension {
  const apply = () => {
    options.on_apply()
    return true
  }
  const leave = () => {
    options.on_leave()
    return true
  }
  return [
    Prec.highest(
      keymap.of([
        { key: 'ArrowDown', run: moveCompletionSelection(true) },
        { key: 'ArrowUp', run: moveCompletionSelection(false) },
        { key: 'PageDown', run: moveCompletionSelection(true, 'page') },
        { key: 'PageUp', run: moveCompletionSelection(false, 'page') },
        { key: 'Ctrl-Space', run: startCompletion },
        { key: 'Tab', run: take_first },
        // Nothing is chosen in the list until the reader goes there: Enter applies what was typed.
        { key: 'Enter', run: acceptCompletion },
        { key: 'Escape', run: closeCompletion },
        ...(options.multiline ? [{ key: 'Enter', run: insertNewline }] : [{ key: 'Enter', run: apply, shift: apply }, { key: 'ArrowDown', run: startCompletion }]),
        { key: 'Mod-Enter', run: apply },
        { key: 'Escape', run: leave },
      ]),
    ),
    keymap.of([...closeBracketsKeymap, ...historyKeymap, ...standardKeymap]),
  ]
}

/** Makes an editor in `options.parent`. */
export function create_editor(options: EditorOptions): Editor {
  adopt_styles()
  const { knowledge } = options
  const fit = options.multiline ? (text: string) => text : one_line
  const words = knowledge().search && is_words(options.text, knowledge().environment)
  let list_open = false
  let setting = false
  const doc = fit(options.text)
  const within = (place: number) => Math.max(0, Math.min(place, doc.length))
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc,
      selection: EditorSelection.single(within(options.selection.anchor), within(options.selection.head)),
      extensions: [
        language.of(language_of(words)),
        follow_language(knowledge),
        highlighting,
        bracketMatching(),
        closeBrackets(),
        history(),
        fault_field,
        call_field(knowledge),
        autocompletion({ override: [source(knowledge)], defaultKeymap: false, selectOnOpen: false, icons: false, interactionDelay: 0, maxRenderedOptions: 60 }),
        keys(options),
        editor_theme,
        placeholder(options.placeholder),
        EditorState.phrases.of({ Completions: i18n.global.t('expr.completions') }),
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          'aria-describedby': options.described_by,
          dir: 'ltr', // an expression is code, whatever the language of the page
          enterkeyhint: options.multiline ? 'enter' : 'search',
          tabindex: '0',
          ...(!options.multiline && { role: 'combobox', 'aria-haspopup': 'listbox' }),
        }),
        EditorView.contentAttributes.of((view): Record<string, string> => (options.multiline ? {} : { 'aria-expanded': String(completionStatus(view.state) === 'active') })),
        options.multiline
          ? EditorView.lineWrapping
          : EditorState.transactionFilter.of((transaction) =>
              transaction.newDoc.lines > 1
                ? { changes: { from: 0, to: transaction.startState.doc.length, insert: one_line(transaction.newDoc.toString()) }, selection: { anchor: one_line(transaction.newDoc.sliceString(0, transaction.newSelection.main.head)).length }, scrollIntoView: true }
                : transaction,
            ),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !setting) options.on_text(update.state.doc.toString())
          if (update.focusChanged) options.on_focus(update.view.hasFocus)
          const open = completionStatus(update.state) === 'active'
          if (open !== list_open) options.on_list((list_open = open))
          if (update.geometryChanged || update.docChanged || update.selectionSet) options.on_layout()
        }),
        EditorView.domEventHandlers({ scroll: () => options.on_layout(), beforeinput: type_over }),
      ],
    }),
  })
  // CodeMirror says these of every editor, and sets them anew only when they change; of a combobox they must not be said.
  if (!options.multiline) for (const name of ['aria-multiline', 'aria-placeholder']) view.contentDOM.removeAttribute(name)
  return {
    set_text(text) {
      const insert = fit(text)
      if (insert === view.state.doc.toString()) return
      setting = true
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert }, selection: { anchor: insert.length } })
      setting = false
    },
    set_fault: (range) => view.dispatch({ effects: set_fault.of(range) }),
    place_of({ from, to }) {
      const length = view.state.doc.length
      const start = view.coordsAtPos(Math.min(from, length), -1)
      const end = view.coordsAtPos(Math.min(to, length), 1)
      if (!start || !end) return null
      const box = view.scrollDOM.getBoundingClientRect()
      const inside = (x: number) => Math.max(box.left, Math.min(x, box.right - 8))
      const left = inside(start.left)
      return { left, width: end.bottom > start.bottom ? 8 : Math.max(8, inside(end.left) - left) }
    },
    focus(select) {
      view.focus()
      if (select) view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } })
    },
    blur: () => view.contentDOM.blur(),
    destroy: () => view.destroy(),
  }
}
