// APKINDEX stanzas: `K:value` lines, a blank line between packages; kept byte for byte.

import { invalid } from './index-file.ts'

/** The values of a stanza that are read here, by key letter. */
export interface ApkFields {
  readonly P: string
  readonly V: string
  readonly A: string
  readonly S: string
  readonly C: string
  readonly o?: string
}

export interface ApkStanza {
  readonly start: number
  readonly end: number
  readonly fields: ApkFields
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/
// More than apk's own grammar: Alpine's main has `0.99f7-r0`, which apk sorts as best it can. It must stay within its folder.
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/
const IDENTITY = /^Q1[A-Za-z0-9+/]{27}=$/
const NEWLINE = 10
const READ = 'PVASCo'

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

/** A short loop over thousands of stanzas: every line is looked at, and few are taken out. */
function fieldsOf(text: string, what: string): Partial<ApkFields> {
  const fields: Record<string, string> = {}
  const seen = [0, 0] // capital and small letters, a bit each
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const code = text.charCodeAt(start)
    const letter = (code & 0xdf) - 65
    if (letter < 0 || letter > 25 || text[start + 1] !== ':')
      throw invalid(what, `has a line that is no field: ${text.slice(start, Math.min(end, start + 60))}`)
    const isSmall = code >> 5 === 3 ? 1 : 0
    const bit = 1 << letter
    if (((seen[isSmall] ?? 0) & bit) !== 0)
      throw invalid(what, `has ${text[start]}: twice in one package: ${text.slice(0, 60)}`)
    seen[isSmall] = (seen[isSmall] ?? 0) | bit
    const key = text[start] ?? ''
    if (READ.includes(key)) fields[key] = text.slice(start + 2, end)
    start = end + 1
  }
  return fields
}

function checked(fields: Partial<ApkFields>, what: string): ApkFields {
  const { P = '', V = '', A = '', S = '', C = '' } = fields
  if (!NAME.test(P) || !VERSION.test(V) || !NAME.test(A) || !/^\d{1,15}$/.test(S))
    throw invalid(what, `has a package whose P, V, A or S cannot be read: ${P} ${V}`.slice(0, 200))
  if (!IDENTITY.test(C)) throw invalid(what, `has a package without a usable C: ${P} ${V}`.slice(0, 200))
  return { ...fields, P, V, A, S, C }
}
