// Reads pieces of a file on disk at given places, for containers with a table of contents: ar and rpm.
import { open } from 'node:fs/promises'
import { invalidPackage } from './refusal.ts'

export interface RandomAccess {
  readonly location: string
  readonly sizeBytes: number
  /** Exactly `length` bytes; throws PACKAGE_INVALID `archive-truncated` when the file ends before. */
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export async function openRandomAccess(location: string): Promise<RandomAccess> {
  const handle = await open(location, 'r')
  const { size } = await handle.stat()

  async function read(offset: number, length: number): Promise<Buffer> {
    if (offset + length > size) throw truncated(offset, length, size)
    const bytes = Buffer.allocUnsafeSlow(length)
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled)
      if (bytesRead === 0) throw truncated(offset, length, size)
      filled += bytesRead
    }
    return bytes
  }

  return { location, sizeBytes: size, read, close: () => handle.close() }
}

function truncated(offset: number, length: number, sizeBytes: number): Error {
  const facts = { offset, length, sizeBytes }
  return invalidPackage('archive-truncated', 'the file ends before the data it announces', facts)
}
