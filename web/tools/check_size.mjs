// Holds the production build to its budgets: what a first visit loads before anything is shown, the worker among it, compressed as the server
// sends it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'

const BUDGETS = { js: 120_000, css: 20_000, worker: 40_000 }
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const html = readFileSync(join(dist, 'index.html'), 'utf8')
const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(js|css))"/g)].map((match) => match[1])
// The worker is fetched at once by the first script.
first.push(...readdirSync(join(dist, 'assets')).filter((name) => /^worker-.*\.js$/.test(name)).map((name) => `assets/${name}`))
// So are the texts of the reader's language, where that is another one: the largest counts.
const languages = readdirSync(join(dist, 'assets')).filter((name) => /^base-.*\.js$/.test(name)).map((name) => `assets/${name}`)
const size_of = (file) => brotliCompressSync(readFileSync(join(dist, file))).length
first.push(...languages.sort((a, b) => size_of(b) - size_of(a)).slice(0, 1))

const total = { js: 0, css: 0, worker: 0 }
for (const file of first) {
  const size = size_of(file)
  total[file.endsWith('.js') ? 'js' : 'css'] += size
  if (file.startsWith('assets/worker-')) total.worker += size
  console.log(`${String(size).padStart(8)} ${file}`)
}
let failed = languages.length === 0
for (const [kind, budget] of Object.entries(BUDGETS)) {
  console.log(`${kind}: ${total[kind]} of ${budget} bytes`)
  if (total[kind] === 0 || total[kind] > budget) failed = true
}
if (failed) {
  console.error('over the budget, or nothing was found to measure')
  process.exit(1)
}
