// docs/configuration.md names every key of the schema, every environment variable and every policy condition.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { configSchema } from '../../src/config/document.ts'
import { ENVIRONMENT_OVERRIDES } from '../../src/config/environment.ts'

const ROOT = join(import.meta.dirname, '../..')
const documented = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8')

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly definitions?: Readonly<Record<string, Schema>>
}

function keysOf(schema: Schema, prefix = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, below]) => [
    ...(below.properties === undefined ? [`${prefix}${key}`] : keysOf(below, `${prefix}${key}.`)),
  ])
}

it('every key', () => {
  const schema: Schema = configSchema()
  const keys = [
    ...keysOf(schema).filter((key) => !key.startsWith('tools.')),
    ...keysOf(schema.definitions?.['repository'] ?? {}),
    ...keysOf(schema.definitions?.['upstream'] ?? {}),
    ...keysOf(schema.definitions?.['feed'] ?? {}),
  ]
  expect(keys.length).toBeGreaterThan(50)
  expect(keys.filter((key) => !documented.includes(`| \`${key}\` |`))).toEqual([])
})

it('every key has a description for editors', () => {
  const silent = (schema: Schema, path: string): readonly string[] =>
    Object.entries(schema.properties ?? {}).flatMap(([key, below]) => [
      ...(below.description === undefined ? [`${path}${key}`] : []),
      ...silent(below, `${path}${key}.`),
    ])
  const schema: Schema = configSchema()
  const all = [schema, ...Object.values(schema.definitions ?? {})]
  expect(all.flatMap((one) => silent(one, ''))).toEqual([])
})

it('every environment variable', () => {
  const rows = ENVIRONMENT_OVERRIDES.map(({ variable, key }) => `| \`${variable}\` | \`${key.join('.')}\` |`)
  expect(rows.filter((row) => !documented.includes(row))).toEqual([])
})

it('every policy condition', () => {
  const schema: Schema = JSON.parse(readFileSync(join(ROOT, 'policies/policy.schema.json'), 'utf8'))
  const conditions = Object.keys(schema.definitions?.['conditions']?.properties ?? {})
  expect(conditions.length).toBeGreaterThan(8)
  expect(conditions.filter((name) => !documented.includes(`| \`${name}:`))).toEqual([])
})
