// Measures how a source text is spelled, in linear passes over its bytes: what regular expressions would run away on.

export interface Measure {
  readonly name: string
  readonly value: number
  /** Index of the byte where it was found. */
  readonly at: number
}

/** Measures that are not zero. */
export function measuresOf(bytes: Uint8Array): Measure[] {
  return [
    longestLine(bytes),
    encodedBlock(bytes),
    ...spelling(bytes),
    bracketRun(bytes),
    oddNames(bytes),
  ].filter((measure) => measure.value > 0)
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
  let i = 0
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

const BRACKETS = new Uint8Array(256).map((_, byte) =>
  '[]()!+{}'.includes(String.fromCharCode(byte)) ? 1 : 0,
)

/** Longest run of nothing but brackets, `!` and `+`: JavaScript written without letters. */
function bracketRun(bytes: Uint8Array): Measure {
  let value = 0
  let at = 0
  let run = 0
  for (let i = 0; i < bytes.length; i++) {
    if (BRACKETS[bytes[i] as number] === 0) run = 0
    else if (++run > value) {
      value = run
      at = i - run + 1
    }
  }
  return { name: 'bracket-run', value: value >= 200 ? value : 0, at }
}

const LOOKALIKE = new Uint8Array(256)
for (const c of 'O0o') LOOKALIKE[c.charCodeAt(0)] = 1
for (const c of 'lI1i') LOOKALIKE[c.charCodeAt(0)] = 2
const WORD = new Uint8Array(256).map((_, byte) => (/\w/.test(String.fromCharCode(byte)) ? 1 : 0))

/** Names of eight or more characters made only of `O0` or only of `lI1`, in at least two kinds of letter. */
function oddNames(bytes: Uint8Array): Measure {
  let value = 0
  let at = 0
  let i = 0
  while (i < bytes.length) {
    const kind = LOOKALIKE[bytes[i] as number] as number
    if (kind === 0 || WORD[bytes[i - 1] ?? 0] === 1) {
      i++
      continue
    }
    const start = i
    while (i < bytes.length && LOOKALIKE[bytes[i] as number] === kind) i++
    if (i - start >= 8 && WORD[bytes[i] ?? 0] === 0 && isOddName(bytes.subarray(start, i)) && value++ === 0)
      at = start
  }
  return { name: 'odd-names', value, at }
}

/** A name, no number, in at least two kinds of letter. */
function isOddName(name: Uint8Array): boolean {
  return (name[0] as number) > 57 && new Set(name).size > 1
}
