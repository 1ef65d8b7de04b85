import { EditorView } from '@codemirror/view'

// Colours are the page's tokens, which know light and dark by themselves. CodeMirror puts these rules into constructed style sheets, which
// the Content-Security-Policy allows.
export const editor_theme = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' }, // the box around it shows the focus
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: 'inherit', overflowX: 'auto', scrollbarWidth: 'none' },
  '.cm-content': { padding: '0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 9px' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '.cm-fault': { textDecoration: 'underline wavy var(--error) 1px', textUnderlineOffset: '3px', textDecorationSkipInk: 'none' },
  '.cm-fault-end': { display: 'inline-block', width: '1ch', borderBottom: '2px solid var(--error)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--picked)', color: 'var(--text)' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent' },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '8px',
    boxShadow: '0 8px 28px var(--shadow)',
    overflow: 'hidden',
    zIndex: '30',
  },
  '.cm-tooltip.cm-tooltip-autocomplete': { overflow: 'visible' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--font-mono)',
    fontSize: '12.5px',
    minWidth: 'min(240px, calc(100vw - 24px))',
    maxWidth: 'min(520px, calc(100vw - 24px))',
    maxHeight: 'min(15em, 40vh)',
    padding: '3px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { display: 'flex', gap: '10px', padding: '3px 7px', borderRadius: '5px', lineHeight: '1.5' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--picked)', color: 'var(--text)', boxShadow: 'inset 2px 0 var(--accent)' },
  '@media (pointer: coarse)': { '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '9px 8px' } },
  '.cm-completionLabel': { flex: '1 0 auto', whiteSpace: 'pre' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': { marginLeft: '0', fontStyle: 'normal', color: 'var(--muted)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '.cm-tooltip.cm-completionInfo': { maxWidth: 'min(320px, calc(100vw - 24px))', padding: '6px 9px', fontFamily: 'var(--font-sans)', fontSize: '12px', lineHeight: '1.4' },
  // Without room at the side it would lie over the list: it goes below.
  '.cm-completionInfo-left-narrow, .cm-completionInfo-right-narrow': { top: 'calc(100% + 2px) !important', left: '0 !important', right: 'auto !important' },
  '.cm-signature': { maxWidth: 'min(440px, calc(100vw - 24px))', padding: '5px 9px', fontFamily: 'var(--font-sans)', fontSize: '12px', lineHeight: '1.4' },
  '.cm-signature code': { fontFamily: 'var(--font-mono)', fontSize: '12.5px' },
  '.cm-signature b': { color: 'var(--accent)', textDecoration: 'underline' },
  '.cm-signature p': { color: 'var(--muted)' },
})
