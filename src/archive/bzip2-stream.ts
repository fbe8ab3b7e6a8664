// One bzip2 stream, exactly: the block decoder of unbzip2-stream, driven so that the end of the stream is seen.
import bitIterator from 'unbzip2-stream/lib/bit_iterator.js'
import bzip2 from 'unbzip2-stream/lib/bzip2.js'
import type { Budget } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { invalidPackage } from './refusal.ts'

const UNIT_BYTES = 100_000 // block sizes are counted in these
const BLOCK_OVERHEAD_BYTES = 25_000
const HEADER_BYTES = 4

/** Decodes one stream and leaves the reader at the byte after it. Throws PACKAGE_INVALID when damaged or cut off. */
export async function* bunzip2Stream(reader: ByteReader, budget: Budget): AsyncGenerator<Buffer> {
  const input = new BlockInput(reader)
  await input.ensure(HEADER_BYTES)
  const units = guarded(() => bzip2.header(input.bits))
  const work = new Int32Array(units * UNIT_BYTES)
  for (let crc: number | null = 0; ; ) {
    await input.ensure(units * UNIT_BYTES + BLOCK_OVERHEAD_BYTES)
    const output = new GrowingBuffer(work.length)
    const previous: number = crc
    crc = guarded(() =>
      bzip2.decompress(input.bits, (byte) => output.push(byte), work, work.length, previous),
    )
    if (crc === null) break
    budget.bytesOut(output.length)
    yield output.bytes
  }
  input.giveBackRest()
}

/** The decoder pulls synchronously, so a whole block's bytes must be there before it starts. */
class BlockInput {
  readonly #reader: ByteReader
  readonly #queue: Buffer[] = []
  #newest: Buffer[] = []
  #fed = 0
  readonly bits: ReturnType<typeof bitIterator>

  constructor(reader: ByteReader) {
    this.#reader = reader
    // An empty first buffer: the iterator asks for one at once.
    this.#queue.push(Buffer.alloc(0))
    this.bits = bitIterator(() => this.#queue.shift())
  }

  async ensure(count: number): Promise<void> {
    this.#dropConsumed()
    while (this.#fed - this.bits.bytesRead < count) {
      const piece = await this.#reader.chunk()
      if (piece === undefined) return
      this.#queue.push(piece)
      this.#newest.push(piece)
      this.#fed += piece.length
    }
  }

  giveBackRest(): void {
    const held = Buffer.concat(this.#newest)
    this.#reader.unread(held.subarray(held.length - (this.#fed - this.bits.bytesRead)))
  }

  #dropConsumed(): void {
    let held = this.#newest.reduce((sum, piece) => sum + piece.length, 0)
    const left = this.#fed - this.bits.bytesRead
    while (this.#newest[0] !== undefined && held - this.#newest[0].length >= left) {
      held -= this.#newest[0].length
      this.#newest = this.#newest.slice(1)
    }
  }
}

class GrowingBuffer {
  #memory: Buffer
  length = 0

  constructor(bytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(bytes)
  }

  push(byte: number): void {
    if (this.length === this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(this.#memory.length * 2)
      this.#memory.copy(larger)
      this.#memory = larger
    }
    this.#memory[this.length] = byte
    this.length += 1
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.length)
  }
}

// The library says what is wrong in jokes, and a cut-off file is a TypeError in it: all of them mean the same here.
function guarded<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw invalidPackage('archive-damaged', 'the bzip2 data is damaged or cut off', {}, error)
  }
}
