import { StyleModule } from 'style-mod'

/**
 * Has CodeMirror's rules go into a constructed style sheet of the document. By itself style-mod makes those for shadow roots only and a
 * `<style>` element for a document, which the Content-Security-Policy forbids. What it keeps for a shadow root serves the document too.
 */
export function adopt_styles(): void {
  const shadow = document.createElement('div').attachShadow({ mode: 'open' })
  StyleModule.mount(shadow, new StyleModule({}))
  for (const key of Object.getOwnPropertySymbols(shadow)) {
    if (key.description === 'styleSet' && !Object.hasOwn(document, key)) Object.defineProperty(document, key, { value: Reflect.get(shadow, key) })
  }
}
