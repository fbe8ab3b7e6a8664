// Rules that were prepared say what the rules themselves say, and stand for no others.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { preparedRulesFile } from '../../../src/scanners/pool/prepare.ts'
import { derivedOf } from '../../../src/scanners/rules/compile.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { rulesRevision, usePrepared } from '../../../src/scanners/rules/prepared.ts'

const home = mkdtempSync(join(tmpdir(), 'prepared-'))
afterAll(() => rmSync(home, { recursive: true }))
const rules = join(home, 'rules')
cpSync(new URL('../../../rules', import.meta.url).pathname, rules, { recursive: true })

describe('prepared rules', () => {
  it('have the same packs and the same derived patterns', async () => {
    const file = (await preparedRulesFile(home, [rules])) ?? ''
    const text = readFileSync(file, 'utf8')
    const prepared = usePrepared(text, [rules]) ?? []
    const loaded = loadRulePacks(rules)
    expect(prepared).toEqual(loaded)
    expect(rulesRevision(prepared)).toBe(rulesRevision(loaded))
    expect(derivedOf(prepared)).toEqual(derivedOf(loaded))
    expect(await preparedRulesFile(home, [rules])).toBe(file)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('are made anew when a rule changes, and never used for other rules', async () => {
    const before = readFileSync((await preparedRulesFile(home, [rules])) ?? '', 'utf8')
    const pack = join(rules, 'secrets.yaml')
    writeFileSync(pack, readFileSync(pack, 'utf8').replace(/severity: high/, 'severity: low'))
    expect(usePrepared(before, [rules])).toBeUndefined()
    expect(usePrepared(before.slice(0, -20), [rules])).toBeUndefined()
    expect(usePrepared('', [rules])).toBeUndefined()
    const after = readFileSync((await preparedRulesFile(home, [rules])) ?? '', 'utf8')
    expect(usePrepared(after, [rules])).toEqual(loadRulePacks(rules))
  })

  it('are not made of rules that are refused', async () => {
    writeFileSync(join(rules, 'bad.yaml'), 'name: [')
    expect(await preparedRulesFile(home, [rules])).toBeUndefined()
  })
})
