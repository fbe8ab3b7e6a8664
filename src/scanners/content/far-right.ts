// Finds code pushed out of sight behind a long run of blanks on a line that begins with other code.
import type { Measure } from './measures.ts'

const MIN_BLANKS = 150
const DANGER =
  /^[;\s]{0,4}.{0,400}?(?:\beval\b|\bexec\b|\bFunction\b|__import__|\bimport |\brequire\b|\bfetch\(|_0x[0-9a-f]{3}|\batob\b|base64|child_process|subprocess|\bos\.|\bglobal\[|\bglobalThis\[|fromCharCode|urlopen|requests)/

/** The longest run, as `far-right-code`, and as `far-right-danger` when what follows can run things. */
export function farRightCode(bytes: Uint8Array): Measure[] {
  let longest = 0
  let at = 0
  let danger = 0
  let dangerAt = 0
  let run = 0
  let hasCode = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === 10 || byte === 13) {
      run = 0
      hasCode = false
    } else if (byte === 32 || byte === 9) run++
    else {
      if (run >= MIN_BLANKS && hasCode && isCodeStart(byte)) {
        if (run > longest) {
          longest = run
          at = i
        }
        if (danger < run && DANGER.test(followingText(bytes, i))) {
          danger = run
          dangerAt = i
        }
      }
      run = 0
      hasCode = true
    }
  }
  return [
    { name: 'far-right-code', value: longest, at },
    { name: 'far-right-danger', value: danger, at: dangerAt },
  ].filter((measure) => measure.value > 0)
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
