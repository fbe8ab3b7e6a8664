// The zip reader on honest files, and on every way in which local headers, directory and end can contradict each other.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { Budget } from '../../src/archive/budget.ts'
import { HazardLog } from '../../src/archive/hazards.ts'
import { openHeldFile } from '../../src/archive/held-file.ts'
import { readZip, type ZipEntry } from '../../src/archive/zip.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'
import { patternBytes, readAll } from '../support/bytes.ts'
import {
  dataDescriptor,
  endRecord,
  type RawZipEntry,
  type RawZipOptions,
  rawZip,
} from '../support/raw-zip.ts'

const folder = mkdtempSync(join(tmpdir(), 'zip-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(bytes: Buffer, limits: Partial<ReadLimits> = {}) {
  const location = join(folder, 'file.zip')
  writeFileSync(location, bytes)
  const hazards = new HazardLog()
  const file = await openHeldFile(location, bytes.length)
  const entries: (ZipEntry & { data?: Buffer })[] = []
  try {
    const budget = new Budget({ ...DEFAULT_READ_LIMITS, ...limits })
    for await (const { entry, content } of readZip(file, { budget, hazards })) {
      if (content === undefined) entries.push(entry)
      else entries.push({ ...entry, data: Buffer.isBuffer(content) ? content : await readAll(content) })
    }
  } finally {
    await file.close()
  }
  const rules = [...new Set(hazards.findings.map(({ severity, rule }) => `${severity} ${rule}`))]
  return { entries, rules }
}

const FILE: RawZipEntry = { name: 'a.txt', data: 'some text, some text' }
const OTHER: RawZipEntry = { name: 'b.txt', data: 'other' }

describe('an honest zip file', () => {
  it('is read in the order of the file, stored and deflated, with modes', async () => {
    const { entries, rules } = await read(
      rawZip([
        { ...FILE, mode: 0o100755 },
        { ...OTHER, method: 0 },
        { name: 'd/', method: 0, mode: 0o040755 },
      ]),
    )
    expect(rules).toEqual([])
    expect(entries.map(({ path, type, mode, data }) => [path, type, mode, data?.toString()])).toEqual([
      ['a.txt', 'file', 0o755, 'some text, some text'],
      ['b.txt', 'file', 0o644, 'other'],
      ['d/', 'directory', 0o755, undefined],
    ])
  })

  it.each([true, false])('may have data descriptors, signature %s', async (signed) => {
    const data = 'streamed by its writer'
    const local = { crc: 0, compressed: 0, size: 0 }
    const entry = { name: 's', data, flags: 8, local, after: dataDescriptor(data, signed) }
    const { entries, rules } = await read(rawZip([entry, OTHER]))
    expect(rules).toEqual([])
    expect(entries[0]?.data?.toString()).toBe(data)
  })

  it('may have a comment, UTF-8 names that say so, and nothing at all in it', async () => {
    expect(
      (await read(rawZip([{ ...FILE, name: 'ü', flags: 0x800 }], { comment: Buffer.from('hello') }))).rules,
    ).toEqual([])
    expect((await read(rawZip([]))).entries).toEqual([])
  })

  it('streams what is larger than is kept', async () => {
    const data = patternBytes(400_000)
    for (const method of [0, 8]) {
      const { entries, rules } = await read(rawZip([{ name: 'large', data, method }]), {
        retainFileBytes: 1000,
      })
      expect(rules).toEqual([])
      expect(entries[0]?.data?.equals(data)).toBe(true)
    }
  })
})

const UNICODE_PATH = Buffer.concat([Buffer.from('75700a000100000000', 'hex'), Buffer.from('evil!')])
const ZIP64_SIZE = Buffer.concat([Buffer.from('01000800', 'hex'), Buffer.from('ff00000000000000', 'hex')])
const INNER_END = endRecord({ count: 0, bytes: 0, offset: 0, disk: 0, comment: Buffer.alloc(0) })

const HOSTILE: readonly (readonly [string, readonly RawZipEntry[], RawZipOptions, string])[] = [
  ['another local name', [{ ...FILE, local: { name: 'z.txt' } }], {}, 'critical archive-zip-local-differs'],
  ['another local size', [{ ...FILE, local: { size: 3 } }], {}, 'critical archive-zip-local-differs'],
  ['another local checksum', [{ ...FILE, local: { crc: 3 } }], {}, 'critical archive-zip-local-differs'],
  [
    'another local method',
    [{ ...OTHER, method: 0, local: { method: 8 } }],
    {},
    'critical archive-zip-local-differs',
  ],
  [
    'a descriptor flag on one side',
    [{ ...FILE, local: { flags: 8 } }],
    {},
    'critical archive-zip-local-differs',
  ],
  [
    'a descriptor that says otherwise',
    [{ ...FILE, flags: 8, after: dataDescriptor('something else') }],
    {},
    'critical archive-zip-descriptor',
  ],
  ['a missing descriptor', [{ ...FILE, flags: 8 }], {}, 'critical archive-zip-descriptor'],
  ['an entry that is not listed', [FILE, { ...OTHER, hidden: true }], {}, 'critical archive-zip-gap'],
  ['bytes before the directory', [FILE], { beforeDirectory: Buffer.from('x') }, 'critical archive-zip-gap'],
  ['data in front', [FILE], { prefix: Buffer.from('#!/bin/sh\n') }, 'critical archive-prefix-data'],
  ['a comment with an end record', [FILE], { comment: INNER_END }, 'critical archive-zip-second-end'],
  [
    'a second end record before the last',
    [FILE],
    { afterDirectory: INNER_END },
    'critical archive-zip-shifted',
  ],
  ['an encrypted entry', [{ ...FILE, flags: 1 }], {}, 'critical archive-encrypted'],
  ['bzip2 inside', [{ ...OTHER, method: 12 }], {}, 'critical archive-zip-method'],
  [
    'a symbolic link',
    [{ name: 'l', data: '../up', method: 0, mode: 0o120777 }],
    {},
    'high archive-zip-special',
  ],
  ['a directory with content', [{ name: 'd/', data: 'x' }], {}, 'critical archive-zip-sized-directory'],
  [
    'a name that is not UTF-8',
    [{ ...FILE, name: Buffer.from([0xff, 0x61]) }],
    {},
    'critical archive-zip-name-encoding',
  ],
  ['UTF-8 without the flag', [{ ...FILE, name: 'ü' }], {}, 'medium archive-zip-name-unmarked'],
  ['a second name', [{ ...FILE, central: { extra: UNICODE_PATH } }], {}, 'critical archive-zip-two-names'],
  ['a second size', [{ ...FILE, central: { extra: ZIP64_SIZE } }], {}, 'critical archive-zip64-mismatch'],
  ['fewer records than bytes', [FILE, OTHER], { end: { count: 1 } }, 'critical archive-zip-directory-size'],
]

describe('what readers see differently', () => {
  it.each(HOSTILE)('%s', async (_what, entries, options, rule) => {
    expect((await read(rawZip(entries, options))).rules).toContain(rule)
  })

  it('two records over the same bytes', async () => {
    const { rules } = await read(rawZip([FILE, { ...FILE, central: { offset: 0 } }]))
    expect(rules).toContain('critical archive-zip-overlap')
  })

  it('data after the end of a deflate stream', async () => {
    const text = Buffer.from('some text')
    const bytes = Buffer.concat([deflateRawSync(text), Buffer.from('more')])
    // Stored by the builder, deflated by what both headers say.
    const said = { method: 8, crc: crc32(text), size: text.length }
    const { rules, entries } = await read(
      rawZip([{ name: 'a', data: bytes, method: 0, local: said, central: said }]),
    )
    expect(entries[0]?.data?.equals(text)).toBe(true)
    expect(rules).toEqual(['critical archive-zip-hidden-data'])
  })
})

const REFUSED: readonly (readonly [string, Buffer, string])[] = [
  ['bytes after the end', rawZip([FILE], { suffix: Buffer.from('x') }), 'archive-trailing-data'],
  ['several disks', rawZip([FILE], { end: { disk: 1 } }), 'archive-zip-disks'],
  ['a wrong checksum', rawZip([{ ...FILE, local: { crc: 1 }, central: { crc: 1 } }]), 'archive-damaged'],
  ['a wrong size', rawZip([{ ...FILE, local: { size: 19 }, central: { size: 19 } }]), 'archive-damaged'],
  ['an impossible size', rawZip([{ ...FILE, central: { size: 2 ** 31 } }]), 'archive-damaged'],
  ['an entry beyond the file', rawZip([{ ...FILE, central: { offset: 10_000 } }]), 'archive-truncated'],
  ['an entry where there is none', rawZip([{ ...FILE, central: { offset: 5 } }]), 'archive-damaged'],
  ['a directory beyond the end', rawZip([FILE], { end: { bytes: 90_000 } }), 'archive-damaged'],
  ['no zip at all', Buffer.from('text'.repeat(20)), 'archive-truncated'],
  ['an empty file', Buffer.alloc(0), 'archive-truncated'],
]

describe('what cannot be read in one way', () => {
  it.each(REFUSED)('%s is refused', async (_what, bytes, rule) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })

  it('is a file that is cut off, wherever that is', async () => {
    const bytes = rawZip([FILE, OTHER], { comment: Buffer.from('a comment') })
    for (let end = 0; end < bytes.length; end++) {
      await expect(read(bytes.subarray(0, end)), `cut at ${end}`).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      })
    }
  })

  it('is an entry that unpacks beyond the limit', async () => {
    const bytes = rawZip([{ name: 'zeros', data: Buffer.alloc(100_000) }])
    await expect(read(bytes, { maxUnpackedBytes: 10_000 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-bytes-out' },
    })
    await expect(read(bytes, { ratioGraceBytes: 1000, retainFileBytes: 1000 })).rejects.toMatchObject({
      facts: { rule: 'archive-limit-ratio' },
    })
  })
})
