// YARA rules of an operator, with the real module: what they match, what is refused at start, and what a missing module means.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExamineJob } from '../../src/scanners/examination.ts'
import { createExaminerPool } from '../../src/scanners/pool.ts'
import { loadYaraRules } from '../../src/scanners/yara/load.ts'
import { YARA_MODULE } from '../../src/scanners/yara/module.ts'
import { yaraScanner } from '../../src/scanners/yara/scanner.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'yara-'))
})
afterAll(() => rm(home, { recursive: true }))

let count = 0
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(home, `rules-${count++}`)
  await mkdir(path)
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return path
}

const RULES = {
  'a.yar': `rule marker : test {
  meta:
    severity = "high"
    description = "the mark of this test"
  strings:
    $a = "mark-of-the-test"
  condition:
    $a
}`,
  'b.yara': 'rule Size { condition: marker and filesize > 10 }',
}

const installed = (() => {
  try {
    return createRequire(import.meta.url).resolve(YARA_MODULE) !== ''
  } catch {
    return false
  }
})()

async function tarball(files: Readonly<Record<string, string | Buffer>>): Promise<ExamineJob> {
  const tar = pack()
  const manifest = { 'package/package.json': '{"name":"sample","version":"1.0.0","main":"index.js"}' }
  for (const [name, text] of Object.entries({ ...manifest, ...files })) tar.entry({ name }, text)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  const bytes = gzipSync(Buffer.concat(chunks))
  const location = join(home, 'sample-1.0.0.tgz')
  await writeFile(location, bytes)
  const digest = (name: string) => createHash(name).update(bytes).digest('hex')
  return {
    location,
    fileName: 'sample-1.0.0.tgz',
    sizeBytes: bytes.length,
    digests: { sha256: digest('sha256'), sha512: digest('sha512'), sha1: digest('sha1'), md5: digest('md5') },
    type: 'npm',
  }
}

describe.skipIf(!installed)('YARA rules (skipped: the module has no binary for this platform)', () => {
  it('find what they match, in an isolated examiner', async () => {
    const ruleFolders = [await folder(RULES)]
    const pool = await createExaminerPool({ readable: [home], ruleFolders, processes: 1, spares: 0 })
    try {
      const hit = await tarball({
        'package/index.js': '// a\n// b\nconst a = "mark-of-the-test"\n',
        'package/data.bin': Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from('mark-of-the-test')]),
      })
      const evidence = await pool.examine(hit, 'client')
      expect(evidence.runs).toContainEqual(
        expect.objectContaining({ scanner: 'yara', layer: 'virus', status: 'ran', required: true }),
      )
      const found = evidence.findings.filter(({ rule }) => rule.startsWith('yara-'))
      expect(found).toContainEqual({
        rule: 'yara-marker',
        layer: 'virus',
        severity: 'high',
        title: 'The YARA rule marker matches',
        detail: 'the mark of this test At byte 21.',
        file: 'index.js',
        line: 3,
        reach: 'import',
      })
      expect(found.map(({ rule, file, line, severity }) => [rule, file, line, severity])).toContainEqual([
        'yara-marker',
        'data.bin',
        undefined,
        'high',
      ])
      expect(
        found.filter(({ rule, severity }) => rule === 'yara-Size' && severity === 'critical'),
      ).toHaveLength(2)
      const clean = await pool.examine(
        await tarball({ 'package/index.js': 'module.exports = 1\n' }),
        'client',
      )
      expect(clean.findings.filter(({ rule }) => rule.startsWith('yara-'))).toEqual([])
    } finally {
      await pool.close()
    }
  })

  it('do not start when one is broken, and tell its file and line', async () => {
    const path = await folder({ ...RULES, 'c.yar': 'rule broken {\n  condition:\n    nothing_here\n}' })
    expect(() => loadYaraRules([path])).toThrow(/c\.yar:3: .*unknown identifier `nothing_here`/)
    await expect(
      createExaminerPool({ readable: [home], ruleFolders: [path], processes: 1, spares: 0 }),
    ).rejects.toThrow(/c\.yar:3/)
  })

  it('read no file by an include', async () => {
    const path = await folder({ 'a.yar': `include "${join(home, 'x.yar')}"\nrule a { condition: true }` })
    expect(() => loadYaraRules([path])).toThrow(/a\.yar/)
  })

  it('are part of the examination key', async () => {
    const [one, other] = [
      await folder(RULES),
      await folder({ ...RULES, 'b.yara': 'rule x { condition: false }' }),
    ]
    expect(loadYaraRules([one])?.revision).not.toBe(loadYaraRules([other])?.revision)
    expect(loadYaraRules([one])?.revision).toBe(loadYaraRules([one])?.revision)
  })
})

it('without YARA files nothing is loaded', async () => {
  const load = () => {
    throw new Error('loaded')
  }
  expect(loadYaraRules([await folder({ 'a.yaml': '' })], load)).toBeUndefined()
})

it('a missing module is a failed run with its reason, never a pass', async () => {
  const rules = loadYaraRules([await folder(RULES)], () => {
    throw new Error(`Cannot find module '${YARA_MODULE}'`)
  })
  if (rules === undefined) throw new Error('no rules')
  const scan = async () =>
    yaraScanner(rules).scan({ entries: [] } as never, { rules: [] }, AbortSignal.timeout(1000))
  await expect(scan()).rejects.toThrow(/YARA rules are configured.*Cannot find module/)
})
