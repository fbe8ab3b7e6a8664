// Pieces of lists on disk: read back whole or not at all, whatever happened to their files.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPieceFiles, sweepPieces } from '../../src/storage/piece-files.ts'

let directory = ''
const files = () => readdirSync(directory).map((name) => join(directory, name))
const onlyFile = () => files()[0] ?? ''
const DAY_MS = 24 * 3_600_000
function age(path: string, days: number): void {
  const time = new Date(Date.now() - days * DAY_MS)
  utimesSync(path, time, time)
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-pieces-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('pieces on disk', () => {
  it('outlive who wrote them, and are replaced as a whole', () => {
    openPieceFiles(directory).write('one', Buffer.from('first'))
    openPieceFiles(directory).write('one', Buffer.from('second'))
    expect(openPieceFiles(directory).read('one')?.toString()).toBe('second')
    expect(openPieceFiles(directory).read('other')).toBeUndefined()
    expect(files()).toHaveLength(1)
  })

  it('may be empty, and make their directory', () => {
    const pieces = openPieceFiles(join(directory, 'new', 'one'))
    expect(pieces.read('none')).toBeUndefined()
    pieces.write('none', Buffer.alloc(0))
    expect(pieces.read('none')?.length).toBe(0)
    pieces.remove('none')
    expect(pieces.read('none')).toBeUndefined()
  })

  it.each<[string, (path: string) => void]>([
    ['a bit was turned', (path) => writeFileSync(path, readFileSync(path).fill(0xff, 40, 41))],
    ['the digest was turned', (path) => writeFileSync(path, readFileSync(path).fill(0, 0, 1))],
    ['the end is gone', (path) => truncateSync(path, readFileSync(path).length - 1)],
    ['nothing is left', (path) => truncateSync(path, 0)],
  ])('are not there when %s', (_what, damage) => {
    const pieces = openPieceFiles(directory)
    pieces.write('one', Buffer.from('bytes of a piece'))
    damage(onlyFile())
    expect(pieces.read('one')).toBeUndefined()
    expect(files()).toEqual([]) // and do not stand in the way
  })

  it('are not there under the name of another', () => {
    const pieces = openPieceFiles(directory)
    pieces.write('one', Buffer.from('bytes'))
    const one = onlyFile()
    pieces.write('two', Buffer.from('bytes'))
    const two = files().find((path) => path !== one) ?? ''
    renameSync(one, two)
    expect(pieces.read('two')).toBeUndefined()
  })

  it('are refused by a disk that cannot take them, and leave nothing', () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    expect(() => openPieceFiles(join(file, 'pieces')).write('one', Buffer.from('bytes'))).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED' }),
    )
  })

  it('go when nobody read them for long, or when there are too many; reading renews them', async () => {
    const pieces = openPieceFiles(directory)
    for (const key of ['old', 'read', 'new']) {
      const before = files()
      pieces.write(key, Buffer.from('1234567890'))
      const path = files().find((one) => !before.includes(one)) ?? ''
      age(path, { old: 8, read: 8, new: 1 }[key] ?? 0)
    }
    writeFileSync(join(directory, 'left.tmp'), '')
    age(join(directory, 'left.tmp'), 0.5)
    pieces.read('read')
    expect(await sweepPieces(directory, { unreadMs: 7 * DAY_MS, maxBytes: 1000 })).toBe(2)
    expect(['old', 'read', 'new'].map((key) => pieces.read(key) !== undefined)).toEqual([false, true, true])
    age(onlyFile(), 2)
    expect(await sweepPieces(directory, { unreadMs: 7 * DAY_MS, maxBytes: 50 })).toBe(1)
    expect(files()).toHaveLength(1)
    expect(await sweepPieces(join(directory, 'nowhere'), { unreadMs: 0, maxBytes: 0 })).toBe(0)
  })
})
