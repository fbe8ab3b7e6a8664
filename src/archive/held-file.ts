// A small file as random access from memory: one read instead of several for each of a zip's entries.
import { readFile } from 'node:fs/promises'
import { openRandomAccess, type RandomAccess } from './random-access.ts'
import { invalidPackage } from './refusal.ts'

const MAX_HELD_BYTES = 32 * 1024 * 1024

/** Opens a file for reading at given places; up to 32 MiB it is held in memory and pieces are views of that. */
export async function openHeldFile(location: string, sizeBytes: number): Promise<RandomAccess> {
  if (sizeBytes > MAX_HELD_BYTES) return openRandomAccess(location)
  return holdBytes(await readFile(location), location)
}

function holdBytes(bytes: Buffer, location: string): RandomAccess {
  return {
    location,
    sizeBytes: bytes.length,
    async read(offset, length) {
      if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length)
      throw invalidPackage('archive-truncated', 'the file ends before the data it announces', {
        offset,
        length,
      })
    },
    async close() {},
  }
}
