import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath, URL } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** The first paint waits for the script that applies a chosen theme: no flash of the other one. (Vite drops the attribute from index.html.) */
const render_blocking: Plugin = {
  name: 'render-blocking',
  transformIndexHtml: { order: 'post', handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"') },
}

export default defineConfig({
  // The page may be mounted under any path: every asset is addressed relative to <base href>, which the server rewrites.
  base: './',
  plugins: [vue(), tailwindcss(), render_blocking],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URL would need a hole in the Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: {
    proxy: { '/api': { target: process.env.TAFFRAIL_URL ?? 'http://127.0.0.1:8080', ws: true } },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts'],
    // What tells "never": a test whose turn does not come for seconds has not failed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
