// A table of digests: what was put in is found, whatever the digests look like.
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { DigestRows } from '../../../src/ecosystems/yum/digest-rows.ts'

const digest = (at: number) => createHash('sha256').update(String(at)).digest()
/** Alike but for one byte, as somebody would choose them who wants them to meet in one place. */
const alike = (at: number) => {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32BE(at, 28)
  return bytes
}

it.each([
  ['honest', digest],
  ['alike', alike],
])('finds 20,000 digests that are %s and no other', (_what, make) => {
  const rows = new DigestRows()
  for (let at = 0; at < 20_000; at += 1) expect(rows.add(make(at), at)).toBe(at)
  expect(rows.size).toBe(20_000)
  for (let at = 0; at < 20_000; at += 1) expect(rows.find(make(at))).toBe(at)
  for (let at = 20_000; at < 21_000; at += 1) expect(rows.find(make(at))).toBeUndefined()
})

it('keeps the first row of a digest', () => {
  const rows = new DigestRows()
  rows.add(digest(1), 7)
  expect(rows.add(digest(1), 8)).toBe(7)
  expect([rows.size, rows.find(digest(1))]).toEqual([1, 7])
})

it('takes nothing that is no SHA-256', () => {
  expect(() => new DigestRows().add(Buffer.alloc(31), 0)).toThrow(TypeError)
})
