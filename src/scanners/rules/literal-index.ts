// Finds which of many literals occur in a file, in one linear pass over its bytes, ASCII case ignored.

const MIN_LENGTH = 3
const KEY_BITS = 18

/** Maps a byte to six bits: letters (case folded), digits and the commonest punctuation keep apart, the rest share. */
const CLASS = new Uint8Array(256).map((_, byte) => {
  const code = byte >= 65 && byte <= 90 ? byte + 32 : byte
  if (code >= 97 && code <= 122) return code - 97
  if (code >= 48 && code <= 57) return 26 + code - 48
  const punctuation = './:-_$@(){}[]"\'=<>|&; ,\\'.indexOf(String.fromCharCode(code))
  return punctuation >= 0 ? 36 + punctuation : 63
})

const FOLD = new Uint8Array(256).map((_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))

interface Candidate {
  readonly id: number
  readonly bytes: Uint8Array
  /** Where in the literal its key trigram lies. */
  readonly offset: number
}

/** The commoner a character in code, the less its trigram tells. */
const COMMON = ' etnrosialc(.)up'

export class LiteralIndex {
  readonly literals: readonly string[]
  readonly #ids = new Map<string, number>()
  /** Bucket number by class trigram of a literal's rarest three bytes; 0 is none. */
  readonly #bucketOf = new Uint16Array(1 << KEY_BITS)
  readonly #buckets: Candidate[][] = [[]]

  /** Literals of at least three ASCII characters; duplicates that differ in case only are one. */
  constructor(literals: Iterable<string>) {
    this.literals = [...new Set([...literals].map((literal) => literal.toLowerCase()))]
    this.literals.forEach((literal, id) => {
      if (literal.length < MIN_LENGTH) throw new Error(`literal too short: ${literal}`)
      this.#ids.set(literal, id)
      this.#add(id, new TextEncoder().encode(literal))
    })
  }

  /** The number under which `scan` reports a literal. */
  idOf(literal: string): number {
    const id = this.#ids.get(literal.toLowerCase())
    if (id === undefined) throw new Error(`literal not in the index: ${literal}`)
    return id
  }

  /** One byte a literal: 1 when it occurs in `bytes`. */
  scan(bytes: Uint8Array): Uint8Array {
    const found = new Uint8Array(this.literals.length)
    const bucketOf = this.#bucketOf
    const length = bytes.length
    let key = 0
    for (let i = 0; i < length; i++) {
      key = ((key << 6) | (CLASS[bytes[i] as number] as number)) & 0x3ffff
      const bucket = bucketOf[key] as number
      if (bucket !== 0) this.#verify(bucket, bytes, i - 2, found)
    }
    return found
  }

  #add(id: number, bytes: Uint8Array): void {
    const offset = rarestTrigram(bytes)
    const [a, b, c] = bytes.subarray(offset, offset + 3) as unknown as [number, number, number]
    const key = ((CLASS[a] as number) << 12) | ((CLASS[b] as number) << 6) | (CLASS[c] as number)
    const bucket = this.#bucketOf[key] || this.#buckets.push([]) - 1
    this.#bucketOf[key] = bucket
    this.#buckets[bucket]?.push({ id, bytes, offset })
  }

  #verify(bucket: number, bytes: Uint8Array, at: number, found: Uint8Array): void {
    for (const { id, bytes: literal, offset } of this.#buckets[bucket] as Candidate[]) {
      const start = at - offset
      if (found[id] === 1 || start < 0 || start + literal.length > bytes.length) continue
      let i = 0
      while (i < literal.length && FOLD[bytes[start + i] as number] === literal[i]) i++
      if (i === literal.length) found[id] = 1
    }
  }
}

function rarestTrigram(bytes: Uint8Array): number {
  let best = 0
  let bestWeight = Number.POSITIVE_INFINITY
  for (let at = 0; at + 3 <= bytes.length; at++) {
    let weight = 0
    for (const byte of bytes.subarray(at, at + 3)) {
      const rank = COMMON.indexOf(String.fromCharCode(byte))
      weight += rank < 0 ? 0 : COMMON.length - rank
    }
    if (weight < bestWeight) {
      best = at
      bestWeight = weight
    }
  }
  return best
}
