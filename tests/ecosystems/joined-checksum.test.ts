// CRC-32 of joined texts, held against zlib's own over the whole.
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joinedChecksum } from '../../src/ecosystems/joined-checksum.ts'

it('is the checksum of both texts in a row', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
      const joined = joinedChecksum(crc32(first), crc32(second), second.length)
      expect(joined).toBe(crc32(Buffer.concat([first, second])))
    }),
  )
})

it('holds for lengths with high bits', () => {
  const [first, second] = [Buffer.from('before'), Buffer.alloc(5 * 1024 * 1024 + 3, 'text')]
  expect(joinedChecksum(crc32(first), crc32(second), second.length)).toBe(
    crc32(Buffer.concat([first, second])),
  )
})
