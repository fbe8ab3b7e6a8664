// Finds code pushed out of sight behind a long run of blanks on a line that begins with other code.
import { runsOf } from '../rules/long-run.ts'
import type { Measure } from './measures.ts'

const MIN_BLANKS = 150
const DANGER =
  /^[;\s]{0,4}.{0,400}?(?:\beval\b|\bexec\b|\bFunction\b|__import__|\bimport |\brequire\b|\bfetch\(|_0x[0-9a-f]{3}|\batob\b|base64|child_process|subprocess|\bos\.|\bglobal\[|\bglobalThis\[|fromCharCode|urlopen|requests)/

const BLANK = new Uint8Array(256).map((_, byte) => (byte === 32 || byte === 9 ? 1 : 0))

/** The longest run, as `far-right-code`, and as `far-right-danger` when what follows can run things. */
export function farRightCode(bytes: Uint8Array): Measure[] {
  let longest = 0
  let at = 0
  let danger = 0
  let dangerAt = 0
  for (const { start, end } of runsOf(bytes, BLANK, MIN_BLANKS)) {
    if (isLineStart(bytes, start) || end === bytes.length || !isCodeStart(bytes[end] as number)) continue
    const run = end - start
    if (run > longest) {
      longest = run
      at = end
    }
    if (danger < run && DANGER.test(followingText(bytes, end))) {
      danger = run
      dangerAt = end
    }
  }
  return [
    { name: 'far-right-code', value: longest, at },
    { name: 'far-right-danger', value: danger, at: dangerAt },
  ].filter((measure) => measure.value > 0)
}

function isLineStart(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1]
  return before === undefined || before === 10 || before === 13
}

/** A name, a semicolon or an opening bracket; not the border of a table or a comment. */
function isCodeStart(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) ||
    (byte >= 65 && byte <= 90) ||
    byte === 59 ||
    byte === 95 ||
    byte === 36 ||
    byte === 40
  )
}

function followingText(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(10, at)
  return Buffer.from(bytes.subarray(at, Math.min(end < 0 ? bytes.length : end, at + 500))).toString('latin1')
}
