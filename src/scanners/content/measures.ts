// Measures how a source text is spelled, in linear passes over its bytes: what regular expressions would run away on.
import { nextRun, type Run, runsOf } from '../rules/long-run.ts'

export interface Measure {
  readonly name: string
  readonly value: number
  /** Index of the byte where it was found. */
  readonly at: number
}

/** Measures that are not zero. */
export function measuresOf(bytes: Uint8Array): Measure[] {
  return [longestLine(bytes), encodedBlock(bytes), ...spelling(bytes), ...runsOfKind(bytes)].filter(
    (measure) => measure.value > 0,
  )
}

function longestLine(bytes: Uint8Array): Measure {
  let value = 0
  let at = 0
  let start = 0
  for (let end = bytes.indexOf(10); ; end = bytes.indexOf(10, start)) {
    const stop = end < 0 ? bytes.length : end
    if (stop - start > value) {
      value = stop - start
      at = start
    }
    if (end < 0) return { name: 'longest-line', value, at }
    start = end + 1
  }
}

const ENCODED = new Uint8Array(256).map((_, byte) =>
  /[A-Za-z0-9+/]/.test(String.fromCharCode(byte)) ? 1 : 0,
)
const AROUND = new Uint8Array(256).map((_, byte) => (/[\s"'`\\,+=b]/.test(String.fromCharCode(byte)) ? 1 : 0))
const MIN_PIECE = 40

/** Encoded characters in one literal, or in literals one below the other. */
function encodedBlock(bytes: Uint8Array): Measure {
  let best = 0
  let at = 0
  let total = 0
  let first = 0
  let i = nextRun(bytes, 0, ENCODED, MIN_PIECE)
  while (i < bytes.length) {
    const start = i
    while (i < bytes.length && ENCODED[bytes[i] as number] === 1) i++
    const piece = i - start
    if (piece >= MIN_PIECE && isMixed(bytes, start)) {
      if (total === 0) first = start
      total += piece
      if (total > best) {
        best = total
        at = first
      }
    } else if (piece > 1) total = 0
    if (i < bytes.length && AROUND[bytes[i] as number] === 0) total = 0
    i++
    // While nothing is counted, only a long piece can begin to count.
    if (total === 0) i = nextRun(bytes, i, ENCODED, MIN_PIECE)
  }
  return { name: 'encoded-block', value: best, at }
}

/** Encoded data has capitals, small letters and digits all through; rules of characters and long names have not. */
function isMixed(bytes: Uint8Array, start: number): boolean {
  let kinds = 0
  for (let i = start; i < start + MIN_PIECE; i++) {
    const byte = bytes[i] as number
    kinds |= byte >= 97 ? 1 : byte >= 65 ? 2 : byte >= 48 ? 4 : 0
  }
  return kinds === 7
}

/** `_0x1a2b` names, and letters or digits that are spelled as escapes without need. */
function spelling(bytes: Uint8Array): Measure[] {
  let names = 0
  let nameBytes = 0
  let firstName = 0
  let escapes = 0
  let firstEscape = 0
  for (let i = bytes.indexOf(0x78); i >= 0; i = bytes.indexOf(0x78, i + 1)) {
    const before = bytes[i - 1]
    if (before === 0x30 && bytes[i - 2] === 0x5f) {
      let end = i + 1
      while (isHex(bytes[end])) end++
      if (end - i < 4) continue
      if (names++ === 0) firstName = i
      nameBytes += end - i + 2
    } else if (before === 0x5c && isEscapedWord(bytes, i + 1) && bytes[i - 2] !== 0x5c) {
      if (escapes++ === 0) firstEscape = i
    }
  }
  const share = (part: number) => Math.round((part / bytes.length) * 1000)
  return [
    { name: 'hex-name-share', value: names >= 30 ? share(nameBytes) : 0, at: firstName },
    { name: 'escaped-letter-share', value: escapes >= 40 ? share(escapes * 4) : 0, at: firstEscape },
  ]
}

function isHex(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102) || (byte >= 65 && byte <= 70))
  )
}

function isEscapedWord(bytes: Uint8Array, at: number): boolean {
  if (!isHex(bytes[at]) || !isHex(bytes[at + 1])) return false
  const code = Number.parseInt(String.fromCharCode(bytes[at] as number, bytes[at + 1] as number), 16)
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)
}

const BRACKETS = bytesOf('[]()!+{}')
const LIKE_ZERO = bytesOf('O0o')
const LIKE_ONE = bytesOf('lI1i')
const WORD = new Uint8Array(256).map((_, byte) => (/\w/.test(String.fromCharCode(byte)) ? 1 : 0))
const MIN_BRACKETS = 200
const MIN_NAME = 8

function bytesOf(characters: string): Uint8Array {
  return new Uint8Array(256).map((_, byte) => (characters.includes(String.fromCharCode(byte)) ? 1 : 0))
}

/**
 * Longest run of nothing but brackets, `!` and `+`, which is JavaScript written without letters; and how many names of
 * eight or more characters are made only of `O0` or only of `lI1`.
 */
function runsOfKind(bytes: Uint8Array): Measure[] {
  let longest: Run = { start: 0, end: 0 }
  for (const run of runsOf(bytes, BRACKETS, MIN_BRACKETS))
    if (run.end - run.start > longest.end - longest.start) longest = run
  const names = [...runsOf(bytes, LIKE_ZERO, MIN_NAME), ...runsOf(bytes, LIKE_ONE, MIN_NAME)].filter(
    ({ start, end }) =>
      !isWord(bytes[start - 1]) && !isWord(bytes[end]) && isOddName(bytes.subarray(start, end)),
  )
  return [
    { name: 'bracket-run', value: longest.end - longest.start, at: longest.start },
    {
      name: 'odd-names',
      value: names.length,
      at: names.reduce((first, { start }) => Math.min(first, start), bytes.length),
    },
  ]
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && WORD[byte] === 1
}

/** A name, no number, in at least two kinds of letter. */
function isOddName(name: Uint8Array): boolean {
  return (name[0] as number) > 57 && new Set(name).size > 1
}
