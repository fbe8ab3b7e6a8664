// Paths, links and duplicates as findings, and contents kept, cut or shown within limits.
import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { EntryCollector, type EntryFacts, type ObserveContent } from '../../src/archive/entry-collector.ts'
import { HazardLog } from '../../src/archive/hazards.ts'
import { cleanPath, type PathRoot } from '../../src/archive/path-hazards.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'
import { patternBytes } from '../support/bytes.ts'

const NOBODY: ObserveContent = () => ({ chunk() {}, end: () => [] })

function collector(root: PathRoot = 'directory', limits: Partial<ReadLimits> = {}, observe = NOBODY) {
  const hazards = new HazardLog()
  return {
    hazards,
    files: new EntryCollector({ limits: { ...DEFAULT_READ_LIMITS, ...limits }, hazards, observe, root }),
  }
}

function facts(path: string, more: Partial<EntryFacts> = {}): EntryFacts {
  return {
    path: cleanPath(path),
    archivePath: path,
    type: 'file',
    sizeBytes: 0,
    mode: 0o644,
    member: 'data',
    ...more,
  }
}

type Item = string | readonly [string, string] | Partial<EntryFacts>

/** Findings of entries: a path (a folder when it ends with `/`), a path with content, or an entry that is no file. */
function rulesOf(items: readonly Item[], root: PathRoot = 'directory'): string[] {
  const { hazards, files } = collector(root)
  for (const item of items) {
    if (typeof item === 'string' && item.endsWith('/')) files.add(facts(item, { type: 'directory' }))
    else if (typeof item === 'string') files.addHeld(facts(item), Buffer.from('same'))
    else if (Array.isArray(item)) files.addHeld(facts(item[0]), Buffer.from(item[1]))
    else files.add(facts((item as EntryFacts).archivePath, item as Partial<EntryFacts>))
  }
  files.finish()
  return [...new Set(hazards.findings.map(({ severity, rule }) => `${severity} ${rule}`))]
}

const link = (archivePath: string, linkTarget: string) => ({
  archivePath,
  linkTarget,
  type: 'symlink' as const,
})
const hard = (archivePath: string, linkTarget: string) => ({
  archivePath,
  linkTarget,
  type: 'hardlink' as const,
})

const HONEST: readonly (readonly [string, readonly Item[]])[] = [
  ['ordinary files and folders', ['./', './a/', './a/b', 'c', './a/', 'a-b_c/d.e+f/@g/[h] (i).js']],
  ['names of other scripts', ['ünï/cödé', '日本/語.txt']],
  [
    'links within',
    ['lib/a', link('lib/b', 'a'), link('c', 'lib/a'), link('lib/x/y', '../../c'), hard('d', './lib/a')],
  ],
  ['dots in names', ['a/..b/c...', '.hidden', 'a/.b']],
]

const HOSTILE: readonly (readonly [string, readonly Item[], string])[] = [
  ['an absolute path', ['/etc/cron.d/x'], 'critical archive-absolute-path'],
  ['a path that climbs', ['a/../../x'], 'critical archive-traversal'],
  ['a path that only ends with ..', ['a/..'], 'critical archive-traversal'],
  ['a drive', ['C:/x'], 'critical archive-drive-letter'],
  ['a drive below the folder', ['package/C:'], 'critical archive-drive-letter'],
  ['a backslash', ['a\\b'], 'medium archive-backslash'],
  ['a backslash that climbs', ['a\\..\\..\\x'], 'critical archive-backslash'],
  [
    'a name that is two on one system and one on another',
    [
      ['a\\b', '1'],
      ['a/b', '2'],
    ],
    'critical archive-backslash-collision',
  ],
  ['a NUL', ['a\0.txt'], 'critical archive-nul-name'],
  ['a control character', ['a\u001b[2Kb'], 'medium archive-control-character'],
  ['a long part', [`a/${'é'.repeat(130)}`], 'medium archive-long-name'],
  ['empty parts', ['a//b'], 'low archive-odd-path'],
  ['the same file twice', ['a', './a'], 'medium archive-duplicate-entry'],
  [
    'two files with one path',
    [
      ['a', '1'],
      ['./a', '2'],
    ],
    'critical archive-duplicate-entry',
  ],
  ['a file and a folder with one path', ['a', 'a/'], 'critical archive-duplicate-entry'],
  [
    'names that differ in case',
    [
      ['A', '1'],
      ['a', '2'],
    ],
    'low archive-case-collision',
  ],
  [
    'names that differ in composition',
    [
      ['é', '1'],
      ['e\u0301', '2'],
    ],
    'medium archive-unicode-collision',
  ],
  ['an entry below a link', [link('a', 'b'), 'b/', 'a/x'], 'critical archive-through-link'],
  ['an entry below a link that comes later', ['a/c/x', link('a', 'b')], 'critical archive-through-link'],
  ['an entry below a file', ['a', 'a/x'], 'critical archive-below-file'],
  ['a link that leaves', [link('a/b', '../../x')], 'critical archive-link-outside'],
  ['a link that is absolute', [link('a', '/etc/passwd')], 'critical archive-link-outside'],
  ['a hard link to nothing inside', [hard('a', 'b')], 'critical archive-link-outside'],
  ['a hard link that climbs', ['x', hard('a', '../x')], 'critical archive-link-outside'],
  ['a device', [{ archivePath: 'd', type: 'character-device' }], 'critical archive-special-file'],
  ['a fifo', [{ archivePath: 'f', type: 'fifo' }], 'critical archive-special-file'],
]

describe('entries together', () => {
  it.each(HONEST)('%s are no finding', (_what, items) => {
    expect(rulesOf(items)).toEqual([])
  })

  it.each(HOSTILE)('%s is one', (_what, items, rule) => {
    expect(rulesOf(items)).toContain(rule)
  })

  it('have absolute links and backslashes in system packages', () => {
    const items = [
      link('etc/x', '/usr/lib/x'),
      link('a', '../../b'),
      'lib/systemd/a\\x2db',
      ['A', '1'],
      ['a2', '2'],
    ] as const
    expect(rulesOf(items, 'system')).toEqual([])
    expect(rulesOf([{ archivePath: 'd', type: 'block-device' }], 'system')).toEqual([
      'high archive-special-file',
    ])
  })
})

describe('contents', () => {
  const bytes = patternBytes(200_000)
  const sha256 = createHash('sha256').update(bytes).digest('hex')

  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007)
  }

  it('are the same whether they come whole or in pieces', async () => {
    const { files } = collector()
    const held = files.addHeld(facts('a', { sizeBytes: bytes.length }), bytes)
    const streamed = await files.addStreamed(facts('b', { sizeBytes: bytes.length }), pieces())
    for (const entry of [held, streamed]) {
      expect(entry.sha256).toBe(sha256)
      expect(Buffer.from(entry.content ?? []).equals(bytes)).toBe(true)
    }
    expect(files.unpackedBytes).toBe(2 * bytes.length)
  })

  it('over the limit leave head and tail, and are shown to an observer whose findings count', async () => {
    let shown = 0
    const observe: ObserveContent = ({ path }) => ({
      chunk(piece) {
        shown += piece.length
      },
      end: () => [{ rule: 'seen', layer: 'secret', severity: 'low', title: path }],
    })
    const { files, hazards } = collector('directory', { retainFileBytes: 100_000 }, observe)
    const held = files.addHeld(facts('a', { sizeBytes: bytes.length }), bytes)
    const streamed = await files.addStreamed(facts('b', { sizeBytes: bytes.length }), pieces())
    for (const entry of [held, streamed]) {
      expect(entry.content).toBeUndefined()
      expect(entry.sha256).toBe(sha256)
      expect(Buffer.from(entry.head ?? []).equals(bytes.subarray(0, 65_536))).toBe(true)
      expect(Buffer.from(entry.tail ?? []).equals(bytes.subarray(bytes.length - 65_536))).toBe(true)
    }
    expect(shown).toBe(2 * bytes.length)
    expect(hazards.findings.map(({ title }) => title)).toEqual(['a', 'b'])
  })

  it('keeps small code and what names the package when other things have filled the room', () => {
    const { files } = collector('directory', { retainTotalBytes: 10 })
    const kept = (path: string) => files.addHeld(facts(path), Buffer.alloc(8)).content !== undefined
    expect(['a.bin', 'b.bin', 'lib/c.js', 'p/d.py', 'p-1.dist-info/METADATA'].map(kept)).toEqual([
      true,
      false,
      true,
      true,
      true,
    ])
  })
  it('are kept until all together reach the limit', () => {
    const { files } = collector('directory', { retainTotalBytes: 10 })
    const kept = ['123456', '7890', 'x'].map(
      (text) => files.addHeld(facts(text), Buffer.from(text)).content?.length,
    )
    expect(kept).toEqual([6, 4, undefined])
  })
})

describe('findings', () => {
  it('of one rule are counted after the first twenty-five', () => {
    const hazards = new HazardLog()
    for (let at = 0; at < 1000; at++) hazards.report('archive-traversal', 'critical', 'x', { file: `${at}` })
    expect(hazards.findings.length).toBe(26)
    expect(hazards.findings.at(-1)).toMatchObject({ severity: 'critical', title: 'and 975 more of the same' })
  })
})

describe('the contents of a large artifact', () => {
  const MIB = 1024 * 1024
  const fill = (files: EntryCollector, count: number) => {
    for (let at = 0; at < count; at++)
      files.addHeld(facts(`fill${at}`, { sizeBytes: MIB }), Buffer.alloc(MIB, at))
  }

  it('are the same bytes at every access, in pieces or held, packed or not', async () => {
    const { files } = collector()
    fill(files, 33)
    const code = Buffer.from('module.exports = 1\n'.repeat(50_000))
    const random = randomBytes(5000)
    const held = files.addHeld(facts('held.js', { sizeBytes: code.length }), code)
    const streamed = await files.addStreamed(facts('streamed.js', { sizeBytes: code.length }), pieces(code))
    const noise = files.addHeld(facts('noise', { sizeBytes: 5000 }), random)
    for (let look = 0; look < 2; look++) {
      expect(Buffer.from(held.content ?? '').equals(code)).toBe(true)
      expect(Buffer.from(streamed.content ?? '').equals(code)).toBe(true)
      expect(Buffer.from(noise.content ?? '').equals(random)).toBe(true)
      for (const [at, { content }] of files.entries.slice(0, 33).entries())
        expect(content?.every((byte) => byte === at)).toBe(true)
    }
    expect(files.entries.every((entry) => 'content' in entry)).toBe(true)
  })

  it('are kept packed, and unpacked only while they are looked at', () => {
    const { files } = collector()
    fill(files, 120)
    const packed = files.entries.filter((entry) => 'value' in descriptor(entry) === false)
    expect(packed.length).toBe(120 - 32)
    // Another object after others were looked at: the first was let go.
    const first = packed[0]?.content
    for (const { content } of packed) expect(content?.length).toBe(MIB)
    expect(packed[0]?.content === first).toBe(false)
    expect(Buffer.from(packed[0]?.content ?? '').equals(Buffer.from(first ?? ''))).toBe(true)
  })

  const descriptor = (entry: object) => Object.getOwnPropertyDescriptor(entry, 'content') ?? {}

  async function* pieces(bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000)
  }
})
