// The cpio reader on both forms an rpm payload has, and on everything that is not exactly as the format says.
import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../src/archive/byte-reader.ts'
import { readCpio } from '../../src/archive/cpio.ts'
import { buildCpio, newcEntry, strippedEntry, TRAILER } from '../support/build-cpio.ts'

async function* chunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function readAll(bytes: Uint8Array, chunkBytes = 7, sizes: readonly number[] = []) {
  const found = []
  const options = { maxPathBytes: 64, sizeOf: (at: number) => sizes[at] }
  for await (const entry of readCpio(new ByteReader(chunks(bytes, chunkBytes)), options)) {
    let content = ''
    for await (const chunk of entry.content) content += Buffer.from(chunk).toString()
    found.push({ name: entry.name, number: entry.fileNumber, mode: entry.fields?.mode, content })
  }
  return found
}

describe('readCpio', () => {
  it.each([1, 7, 4096])('reads newc entries from chunks of %d bytes', async (chunkBytes) => {
    const bytes = buildCpio([
      { name: './usr', mode: 0o40755 },
      { name: './usr/a', data: 'hello' },
      { name: './usr/b', data: 'x', magic: '070702', mode: 0o104755 },
    ])
    expect(await readAll(bytes, chunkBytes)).toEqual([
      { name: './usr', mode: 0o40755, content: '' },
      { name: './usr/a', mode: 0o100644, content: 'hello' },
      { name: './usr/b', mode: 0o104755, content: 'x' },
    ])
  })

  it('reads stripped entries with the sizes that the header gives', async () => {
    const bytes = Buffer.concat([strippedEntry(1, 'hello'), strippedEntry(0), newcEntry(TRAILER)])
    expect(await readAll(bytes, 3, [0, 5])).toEqual([
      { number: 1, content: 'hello' },
      { number: 0, content: '' },
    ])
  })

  it('skips content that nobody reads', async () => {
    const bytes = buildCpio([
      { name: 'a', data: 'hello' },
      { name: 'b', data: 'world' },
    ])
    const names = []
    const reader = new ByteReader(chunks(bytes, 5))
    for await (const entry of readCpio(reader, { maxPathBytes: 64, sizeOf: () => undefined }))
      names.push(entry.name)
    expect(names).toEqual(['a', 'b'])
  })

  it('takes zeros after the trailer, as GNU cpio writes them', async () => {
    expect(await readAll(Buffer.concat([buildCpio([{ name: 'a' }]), Buffer.alloc(512)]))).toHaveLength(1)
  })

  const long = 'n'.repeat(65)
  it.each([
    ['cpio-trailing-data', Buffer.concat([buildCpio([{ name: 'a' }]), buildCpio([{ name: 'b' }])])],
    ['cpio-magic', Buffer.concat([newcEntry({ name: 'a', magic: '070707' }), newcEntry(TRAILER)])],
    ['cpio-number', buildCpio([{ name: 'a', size: '      +1', data: 'x' }])],
    ['cpio-number', buildCpio([{ name: 'a', size: '0x000001', data: 'x' }])],
    ['cpio-name-size', buildCpio([{ name: '' }])],
    ['cpio-name-size', buildCpio([{ name: long }])],
    ['cpio-name-end', buildCpio([{ name: 'a\0b' }])],
    ['cpio-file-number', Buffer.concat([strippedEntry(9), newcEntry(TRAILER)])],
    ['cpio-padding', buildCpio([{ name: 'a', data: 'x' }]).fill('P', 113, 114)],
    ['archive-truncated', newcEntry({ name: 'a', data: 'x' })],
  ])('refuses with %s', async (rule, bytes) => {
    await expect(readAll(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })

  it('refuses every truncation', async () => {
    const bytes = buildCpio([{ name: './a', data: 'hello' }])
    for (let length = 0; length < bytes.length; length++) {
      await expect(readAll(bytes.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      })
    }
  })
})
