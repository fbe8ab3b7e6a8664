// Shortens long runs of blanks, escapes, encoded data and repeated units, so that no pattern meets a run it could stumble over.
import { nextRun } from './long-run.ts'

const KEEP_BLANKS = 64
const KEEP_ENCODED = 512
const KEEP_ESCAPES = 128

const IS_BLANK = new Uint8Array(256).map((_, byte) => (isBlank(byte) ? 1 : 0))
const IS_ENCODED = new Uint8Array(256).map((_, byte) => (isEncoded(byte) ? 1 : 0))
const MAX_ESCAPES_APART = 32

/** Whether there is a run that `collapseRuns` would cut; quick, and wrong only in saying yes. */
export function hasLongRun(bytes: Uint8Array): boolean {
  return (
    nextRun(bytes, 0, IS_BLANK, KEEP_BLANKS) < bytes.length ||
    nextRun(bytes, 0, IS_ENCODED, KEEP_ENCODED) < bytes.length ||
    hasRepeatedByte(bytes) ||
    hasManyEscapes(bytes)
  )
}

/** One byte 64 times: such a run cannot miss each 64th place. */
function hasRepeatedByte(bytes: Uint8Array): boolean {
  for (let at = KEEP_BLANKS - 1; at < bytes.length; at += KEEP_BLANKS) {
    const byte = bytes[at] as number
    if (IS_ENCODED[byte] === 1) continue
    let from = at
    while (bytes[from - 1] === byte) from--
    let to = at + 1
    while (to - from < KEEP_BLANKS && bytes[to] === byte) to++
    if (to - from >= KEEP_BLANKS) return true
  }
  return false
}

/** Escapes one after the other have a backslash among each 6 bytes, and 33 of them reach further than from one look to the next. */
const LOOK_EVERY = 96
const LONGEST_ESCAPE = 6
const AROUND_LOOK = MAX_ESCAPES_APART * LONGEST_ESCAPE + LONGEST_ESCAPE

function hasManyEscapes(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += LOOK_EVERY) {
    let i = at
    while (i < at + LONGEST_ESCAPE && bytes[i] !== 92) i++
    if (i < at + LONGEST_ESCAPE && escapesFollow(bytes, Math.max(0, at - AROUND_LOOK), at + AROUND_LOOK))
      return true
  }
  return false
}

function escapesFollow(bytes: Uint8Array, from: number, to: number): boolean {
  let escapes = 0
  for (let i = from; i < to; i++) {
    if (bytes[i] !== 92 || bytes[i - 1] === 92) continue
    escapes = bytes[i - 4] === 92 || bytes[i - 6] === 92 ? escapes + 1 : 0
    if (escapes >= MAX_ESCAPES_APART) return true
  }
  return false
}

/** The text with over-long runs cut, line breaks kept: line numbers stay true. Linear in the length of the text. */
export function collapseRuns(text: string): string {
  const parts: string[] = []
  const { length } = text
  let from = 0
  let i = 0
  while (i < length) {
    const code = text.charCodeAt(i)
    const kind = kindOf(code)
    if (kind === BACKSLASH) {
      const cut = cutEscapes(text, i)
      if (cut.keepTo < cut.end) {
        parts.push(text.slice(from, cut.keepTo))
        from = cut.end
      }
      i = cut.end
      continue
    }
    const start = i++
    if (kind >= BLANK) while (i < length && kindOf(text.charCodeAt(i)) === kind) i++
    else if (kind === OTHER) while (i < length && text.charCodeAt(i) === code) i++
    const keep = kind === ENCODED ? KEEP_ENCODED : KEEP_BLANKS
    if (i - start <= keep) continue
    parts.push(text.slice(from, start + keep))
    from = i
  }
  if (parts.length === 0) return text
  parts.push(text.slice(from))
  return parts.join('')
}

const OTHER = 0
const LINE_END = 1
const BACKSLASH = 2
const BLANK = 3
const ENCODED = 4
const KIND = new Uint8Array(256).map((_, code) => {
  if (code === 10 || code === 13) return LINE_END
  if (code === 92) return BACKSLASH
  return isBlank(code) ? BLANK : isEncoded(code) ? ENCODED : OTHER
})

function kindOf(code: number): number {
  return code < 256 ? (KIND[code] as number) : OTHER
}

interface Run {
  readonly keepTo: number
  readonly end: number
}

/** A run of `\x41`, `\u0041`, `\101` and the like without anything between. */
function cutEscapes(text: string, start: number): Run {
  let end = start
  let keepTo = start
  while (end < text.length && text.charCodeAt(end) === 92) {
    end += 2
    while (end < text.length && isHexDigit(text.charCodeAt(end)) && text.charCodeAt(end - 1) !== 92) end++
    if (end - start <= KEEP_ESCAPES) keepTo = end
  }
  end = Math.min(end, text.length)
  return { keepTo: Math.min(keepTo, end), end }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 11 || code === 12 || code === 0xa0
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70)
}

function isEncoded(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 43 ||
    code === 47 ||
    code === 95
  )
}
