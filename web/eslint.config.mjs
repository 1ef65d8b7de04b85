import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/lib/api/openapi.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
    rules: {
      'no-undef': 'off', // the type checker knows better
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // With noUncheckedIndexedAccess an index that is known to be in range is said so with a `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'error',
      'no-implied-eval': 'error',
      // Log text is hostile: nothing may become HTML.
      'vue/no-v-html': 'error',
      'vue/no-v-text-v-html-on-component': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'No HTML out of data: create text nodes.' },
        { property: 'outerHTML', message: 'No HTML out of data: create text nodes.' },
        { property: 'insertAdjacentHTML', message: 'No HTML out of data: create text nodes.' },
        { object: 'document', property: 'write', message: 'No HTML out of data.' },
      ],
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'any' } }],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/prop-name-casing': ['error', 'snake_case'],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-static-inline-styles': 'error',
    },
  },
  { files: ['tools/**'], languageOptions: { globals: globals.node }, rules: { 'no-console': 'off' } },
)
