// Writes src/lib/api/openapi.ts from docs/openapi.yaml; `--check` only tells whether it is up to date.
import openapi, { astToString } from 'openapi-typescript'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const source = new URL('../../docs/openapi.yaml', import.meta.url)
const target = new URL('../src/lib/api/openapi.ts', import.meta.url)
const text = `// Generated from docs/openapi.yaml by \`npm run types\`.\n${astToString(await openapi(source))}`
if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('src/lib/api/openapi.ts is not what docs/openapi.yaml says: run `npm run types`')
    process.exit(1)
  }
} else writeFileSync(target, text)
