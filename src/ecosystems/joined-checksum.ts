// CRC-32 of two texts in a row, from the checksum of each: the method of zlib's crc32_combine, which Node does not offer.

/** A linear map over 32 bits: where each bit goes. */
type BitMap = Uint32Array

/** CRC-32 polynomial of RFC 1952, bits reversed. */
const POLYNOMIAL = 0xedb88320

/** What one zero bit at the end does to a checksum. */
function oneBit(): BitMap {
  const map = new Uint32Array(32)
  map[0] = POLYNOMIAL
  for (let bit = 1; bit < 32; bit += 1) map[bit] = 1 << (bit - 1)
  return map
}

function applied(map: BitMap, bits: number): number {
  let sum = 0
  for (let at = 0, rest = bits >>> 0; rest !== 0; at += 1, rest >>>= 1) if (rest & 1) sum ^= map[at] ?? 0
  return sum >>> 0
}

function twice(map: BitMap): BitMap {
  return map.map((bits) => applied(map, bits))
}

// Byte counts are sums of powers of two; what each power does is worked out once.
const powers: BitMap[] = []

function powerOf(exponent: number): BitMap {
  const known = powers[exponent]
  if (known !== undefined) return known
  const made = exponent === 0 ? twice(twice(twice(oneBit()))) : twice(powerOf(exponent - 1))
  powers[exponent] = made
  return made
}

/** Checksum of the first text and the second, `secondBytes` long (below 2^53). */
export function joinedChecksum(first: number, second: number, secondBytes: number): number {
  let moved = first >>> 0
  for (let exponent = 0, rest = secondBytes; rest > 0; exponent += 1, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) moved = applied(powerOf(exponent), moved)
  return (moved ^ second) >>> 0
}
