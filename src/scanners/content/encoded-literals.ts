// Finds literals that are encoded text and decodes them: base64, hex, character numbers, reversed addresses.
import { runsOf } from '../rules/long-run.ts'

export interface DecodedLiteral {
  readonly text: string
  /** Index of the byte where the literal begins. */
  readonly at: number
  readonly encoding: 'base64' | 'hex' | 'numbers' | 'reversed'
}

const MIN_LENGTH = 16
/** Literals decoded of one file. */
const MAX_LITERALS = 2000
const MAX_DECODED = 300_000

const QUOTE = new Uint8Array(256)
for (const c of '"\'`') QUOTE[c.charCodeAt(0)] = 1
const ENCODED = new Uint8Array(256).map((_, byte) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** Decoded literals that are readable text, in order, reversed addresses last. Linear; a literal is tried by its first bytes. */
export function decodedLiterals(bytes: Uint8Array): DecodedLiteral[] {
  const found = [...encodedTexts(bytes), ...characterNumbers(bytes)]
    .sort((a, b) => a.at - b.at)
    .slice(0, MAX_LITERALS)
  found.push(...reversedAddresses(bytes))
  return found
}

function encodedTexts(bytes: Uint8Array): DecodedLiteral[] {
  const found: DecodedLiteral[] = []
  for (const { start, end: pastCharacters } of runsOf(bytes, ENCODED, MIN_LENGTH)) {
    if (found.length >= MAX_LITERALS) break
    if (QUOTE[bytes[start - 1] ?? 0] === 0) continue
    let end = pastCharacters
    while (end < bytes.length && bytes[end] === 0x3d && end - pastCharacters < 2) end++
    if (QUOTE[bytes[end] ?? 0] === 0) continue
    const decoded = decodeLiteral(Buffer.from(bytes.subarray(start, end)).toString('latin1'))
    if (decoded) found.push({ ...decoded, at: start })
  }
  return found
}

function characterNumbers(bytes: Uint8Array): DecodedLiteral[] {
  const found: DecodedLiteral[] = []
  for (let at = bytes.indexOf(0x5b); at >= 0; at = bytes.indexOf(0x5b, at + 1)) {
    if (found.length >= MAX_LITERALS) break
    let first = at + 1
    while (first < at + 3 && isSpace(bytes[first])) first++
    if (isDigit(bytes[first])) numbersAt(bytes, at, found)
  }
  return found
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13) || byte === 0xa0
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

function decodeLiteral(literal: string): Pick<DecodedLiteral, 'text' | 'encoding'> | undefined {
  if (/^(?:[0-9a-f]{2}){10,}$/i.test(literal.slice(0, 4000)) && literal.length % 2 === 0) {
    const text = Buffer.from(literal.slice(0, MAX_DECODED), 'hex').toString('latin1')
    if (isReadable(text)) return { text, encoding: 'hex' }
  }
  const head = Buffer.from(literal.slice(0, 16), 'base64').toString('latin1')
  if (!isReadable(head)) return undefined
  const text = Buffer.from(literal.slice(0, MAX_DECODED), 'base64').toString('latin1')
  return isReadable(text) ? { text, encoding: 'base64' } : undefined
}

/** ASCII text with line breaks; a few other bytes are forgiven in a long text. */
function isReadable(text: string): boolean {
  let other = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 9 || (code > 13 && code < 32) || code > 126) other++
  }
  return text.length > 0 && other <= text.length / 100
}

/** `[104, 116, 116, 112, ...]`: at least eight numbers that are characters. */
function numbersAt(bytes: Uint8Array, at: number, found: DecodedLiteral[]): void {
  const head = Buffer.from(bytes.subarray(at, at + 40)).toString('latin1')
  if (!/^\[\s{0,2}\d{2,3}\s{0,2},\s{0,2}\d{2,3}\s{0,2},\s{0,2}\d{2,3}\s{0,2},\s{0,2}\d{2,3}/.test(head))
    return
  const end = bytes.indexOf(0x5d, at)
  if (end < 0 || end - at > MAX_DECODED) return
  const codes = Buffer.from(bytes.subarray(at + 1, end))
    .toString('latin1')
    .split(',')
    .map(Number)
  if (codes.length < 8 || !codes.every((code) => code >= 9 && code < 127)) return
  const text = String.fromCharCode(...codes.slice(0, 50_000))
  if (isReadable(text)) found.push({ text, at, encoding: 'numbers' })
}

const REVERSED = ['//:sptth', '//:ptth']

function reversedAddresses(bytes: Uint8Array): DecodedLiteral[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return REVERSED.flatMap((mark): DecodedLiteral[] => {
    const at = buffer.indexOf(mark)
    if (at < 0) return []
    const text = buffer.subarray(Math.max(0, at - 200), at + mark.length).toString('latin1')
    const literal = /["'`]([^"'`\s]{8,200})$/.exec(text)?.[1]
    return literal ? [{ text: [...literal].reverse().join(''), at, encoding: 'reversed' }] : []
  })
}
