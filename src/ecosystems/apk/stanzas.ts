// APKINDEX stanzas: `K:value` lines, a blank line between packages; kept byte for byte.

import { invalid } from './index-file.ts'

export interface ApkStanza {
  readonly start: number
  readonly end: number
  /** Values by key letter; the first of a repeated letter is refused. */
  readonly fields: Readonly<Record<string, string>>
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/
// More than apk's own grammar: Alpine's main has `0.99f7-r0`, which apk sorts as best it can. It must stay within its folder.
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/
const IDENTITY = /^Q1[A-Za-z0-9+/]{27}=$/
const NEWLINE = 10

/** Throws UPSTREAM_INVALID for CR, NUL, a letter twice, or a name, version, size or identity that cannot be read. */
export function* apkStanzas(text: Uint8Array, what: string): Generator<ApkStanza> {
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  if (buffer.includes(0) || buffer.includes(13)) throw invalid(what, 'has NUL or CR in it')
  let start = 0
  while (start < buffer.length) {
    if (buffer[start] === NEWLINE) {
      start += 1
      continue
    }
    const blank = buffer.indexOf('\n\n', start)
    const end = blank < 0 ? buffer.length : blank + 1
    yield { start, end, fields: checked(fieldsOf(buffer.toString('latin1', start, end), what), what) }
    start = end + 1
  }
}

function fieldsOf(text: string, what: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const line of text.trimEnd().split('\n')) {
    if (!/^[A-Za-z]:/.test(line)) throw invalid(what, `has a line that is no field: ${line.slice(0, 60)}`)
    const key = line.slice(0, 1)
    if (fields[key] !== undefined)
      throw invalid(what, `has ${key}: twice in one package: ${text.slice(0, 60)}`)
    fields[key] = line.slice(2)
  }
  return fields
}

function checked(fields: Record<string, string>, what: string): Record<string, string> {
  const { P = '', V = '', A = '', S = '', C = '' } = fields
  if (!NAME.test(P) || !VERSION.test(V) || !NAME.test(A) || !/^\d{1,15}$/.test(S))
    throw invalid(what, `has a package whose P, V, A or S cannot be read: ${P} ${V}`.slice(0, 200))
  if (!IDENTITY.test(C)) throw invalid(what, `has a package without a usable C: ${P} ${V}`.slice(0, 200))
  return fields
}
