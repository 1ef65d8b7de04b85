import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ENVIRONMENTS, find_variable, MOUNT_FIELDS, type EnvironmentName } from './environment'
import { FUNCTIONS } from './functions'

const source = (file: string) => readFileSync(new URL(`../../../../src/expr/${file}`, import.meta.url), 'utf8')
const unquoted = (text: string) => JSON.parse(text) as string

describe('what the editor knows is what the language has', () => {
  it.each(['container', 'log', 'metric', 'event'] satisfies EnvironmentName[])('as variables of a %s', (name) => {
    const declared = [...source(`${name}_variables.cpp`).matchAll(/\{"(\w+)",\s*&(\w+)_type,/g)].map((match) => `${match[1]} ${match[2]}`)
    expect(declared.length).toBeGreaterThan(3)
    const known = ENVIRONMENTS[name].filter((variable) => !variable.name.startsWith('container.'))
    expect(known.map((variable) => `${variable.name} ${variable.type}`)).toEqual(declared)
  })
  it('as functions', () => {
    const table = [...source('builtin.cpp').matchAll(/Builtin\{"\w+",[^"]*"[^"]*",[^"]*("(?:[^"\\]|\\.)*"),/g)].map((match) => unquoted(match[1]!))
    expect(table.length).toBe(71)
    expect([...FUNCTIONS]).toEqual(table.map((signature) => signature.slice(0, signature.indexOf('('))))
  })
  it('as fields of mounts', () => {
    for (const field of MOUNT_FIELDS) expect(source('metric_variables.cpp')).toContain(`"${field}"`)
  })
})

it('a short name means a variable of its own before one of the container', () => {
  expect(find_variable('log', 'id')?.type).toBe('integer')
  expect(find_variable('log', 'service')?.name).toBe('container.service')
  expect(find_variable('container', 'service')?.name).toBe('service')
  expect(find_variable('log', 'status')).toBeUndefined()
})
