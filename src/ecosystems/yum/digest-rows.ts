// Which row has a digest, for tens of thousands of them: numbers in a table, where a Map of texts takes ten times the memory.
import { randomInt } from 'node:crypto'

const DIGEST_BYTES = 32
const WORDS = DIGEST_BYTES / 4
const FIRST_CAPACITY = 1024

/** Keys are 32 bytes; each has one number. */
export class DigestRows {
  #digests = Buffer.alloc(FIRST_CAPACITY * DIGEST_BYTES)
  #rows = new Uint32Array(FIRST_CAPACITY)
  /** Open addressing: number of an entry plus one, 0 where nothing is. Always at most half full. */
  #slots = new Uint32Array(2 * FIRST_CAPACITY)
  #size = 0
  // Of this run alone: an upstream chooses its digests, and must not choose where they go.
  readonly #factors = Uint32Array.from({ length: WORDS }, () => randomInt(2 ** 32) | 1)

  get size(): number {
    return this.#size
  }

  find(digest: Buffer): number | undefined {
    const entry = this.#slots[this.#slotOf(digest)] ?? 0
    return entry === 0 ? undefined : this.#rows[entry - 1]
  }

  /** The row that the digest has; when it had none, this one from now on. */
  add(digest: Buffer, row: number): number {
    if (digest.length !== DIGEST_BYTES) throw new TypeError('not a SHA-256')
    const slot = this.#slotOf(digest)
    const entry = this.#slots[slot] ?? 0
    if (entry !== 0) return this.#rows[entry - 1] ?? row
    digest.copy(this.#digests, this.#size * DIGEST_BYTES)
    this.#rows[this.#size] = row
    this.#size += 1
    this.#slots[slot] = this.#size
    if (this.#size === this.#rows.length) this.#grow()
    return row
  }

  /** Where the digest is, or would be. */
  #slotOf(digest: Buffer): number {
    const mask = this.#slots.length - 1
    for (let slot = this.#hash(digest) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] ?? 0
      const start = (entry - 1) * DIGEST_BYTES
      if (entry === 0 || digest.compare(this.#digests, start, start + DIGEST_BYTES) === 0) return slot
    }
  }

  #hash(digest: Buffer): number {
    let sum = 0
    for (let word = 0; word < WORDS; word += 1)
      sum = (sum + Math.imul(digest.readInt32LE(4 * word), this.#factors[word] ?? 1)) | 0
    return (sum ^ (sum >>> 16)) >>> 0
  }

  #grow(): void {
    const digests = Buffer.alloc(2 * this.#digests.length)
    this.#digests.copy(digests)
    const rows = new Uint32Array(2 * this.#rows.length)
    rows.set(this.#rows)
    this.#digests = digests
    this.#rows = rows
    this.#slots = new Uint32Array(2 * rows.length)
    for (let at = 0; at < this.#size; at += 1)
      this.#slots[this.#slotOf(digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES))] = at + 1
  }
}
