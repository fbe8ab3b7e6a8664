// Secrets: every shape of the pack, proofs, placeholders, and that no value is ever shown.
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/model/finding.ts'
import { secret } from '../../../src/scanners/content/secret.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { packageContents } from '../../support/package-contents.ts'

const source = fileURLToPath(new URL('../../../rules/', import.meta.url))
// Only this pack: what another one finds is not the matter here.
const folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'))
for (const file of ['schema.json', 'secrets.yaml']) copyFileSync(join(source, file), join(folder, file))
const packs = loadRulePacks(folder)
afterAll(() => rmSync(folder, { recursive: true }))
const rules = packs.filter((pack) => pack.layer === 'secret').flatMap((pack) => pack.rules)

async function scan(text: string, path = 'index.js'): Promise<readonly Finding[]> {
  return secret.scan(packageContents({ [path]: text }), { rules: packs }, new AbortController().signal)
}

// Its example is a header without a key, which the scanner must not believe; keys are made below.
describe.each(
  rules.filter((rule) => rule.id !== 'secret-private-key').map((rule) => ({ rule, id: rule.id })),
)('$id', ({ rule }) => {
  it.each(rule.examples.match)('finds example %#, and does not show it', async (example) => {
    const { text, path } = typeof example === 'string' ? { text: example, path: undefined } : example
    const findings = await scan(text, path)
    expect(findings.map((finding) => finding.rule)).toContain(rule.id)
    for (const { snippet = '' } of findings) {
      const value = text.split(/[\s"'=:]+/).findLast((word) => word.length > 12) ?? text
      expect(snippet).not.toContain(value.slice(0, 14))
    }
  })

  it.each(rule.examples.clean)('leaves clean example %# alone', async (example) => {
    const { text, path } = typeof example === 'string' ? { text: example, path: undefined } : example
    expect((await scan(text, path)).map((finding) => finding.rule)).not.toContain(rule.id)
  })
})

describe('proof', () => {
  it('believes a checksum and not a shape', async () => {
    expect(await scan('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')).toMatchObject([
      { severity: 'high', reach: 'any' },
    ])
    expect(await scan('ghp_Rk3vQ9zTbX2mLw7PcJ5nDy8KfGh4Us0R4wjP')).toEqual([])
  })

  it.each(['pkcs8', 'pkcs1'] as const)('reads a %s key, also inside a string literal', async (type) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = privateKey.export({ format: 'pem', type }).toString()
    for (const text of [
      pem,
      JSON.stringify({ key: pem }),
      `const key =\n${pem
        .trim()
        .split('\n')
        .map((line) => `  "${line}\\n"`)
        .join(' +\n')}`,
    ])
      expect(await scan(text)).toMatchObject([{ rule: 'secret-private-key', severity: 'high' }])
    expect(await scan(pem.replace(/[A-Z]{3}/, '###'))).toEqual([])
    expect(await scan(pem.split('\n').slice(0, 3).join('\n'))).toEqual([])
  })

  it('thinks less of an encrypted key', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString()
    expect(await scan(pem)).toMatchObject([{ severity: 'low' }])
  })
})

it.each([
  'apiKey: "your-api-key-goes-here-please"',
  'apiKey = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
  'secret: "0123456789abcdef0123456789"',
  'password = "aaaaaaaaaaaaaaaaaaaaaaaaaa"',
  'aws = AKIAIOSFODNN7EXAMPLE',
  'postgres://user:secretpw1@db.corp.invalid/x',
  'postgres://app:q9ZrWm2LxVb7@localhost:5432/app',
])('a placeholder is no secret: %s', async (text) => {
  expect(await scan(text)).toEqual([])
})

it('tells one value once, however many files repeat it', async () => {
  const text = 'token = "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"'
  const contents = packageContents({ 'a.js': text, 'b.js': text, 'c.js': text })
  expect(await secret.scan(contents, { rules: packs }, new AbortController().signal)).toHaveLength(1)
})
