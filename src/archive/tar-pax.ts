// Records of a pax extended header, `LENGTH KEY=VALUE\n` each (POSIX.1-2024 pax, "pax Extended Header").
import type { HazardLog } from './hazards.ts'
import { invalidPackage } from './refusal.ts'

export type PaxRecords = ReadonlyMap<string, string>

const DECISIVE = ['path', 'linkpath', 'size'] as const
const NEWLINE = 0x0a
const MAX_LENGTH_DIGITS = 7

/** Parses records. Throws PACKAGE_INVALID when a length does not fit; binary values are read as Latin-1 when not UTF-8. */
export function parsePax(bytes: Buffer, hazards: HazardLog): PaxRecords {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const { key, value, next } = parseRecord(bytes, at)
    if (records.has(key) && records.get(key) !== value && isDecisive(key)) reportTwice(key, hazards)
    records.set(key, value)
    at = next
  }
  reportOtherReading(bytes, records, hazards)
  return records
}

function parseRecord(bytes: Buffer, at: number): { key: string; value: string; next: number } {
  const space = bytes.indexOf(0x20, at)
  const digits = bytes.toString('latin1', at, space < 0 ? at : space)
  const next = at + Number(digits)
  const equals = bytes.indexOf(0x3d, space)
  const fits = /^[1-9]\d*$/.test(digits) && digits.length <= MAX_LENGTH_DIGITS && next <= bytes.length
  if (!fits || equals < 0 || equals >= next || bytes[next - 1] !== NEWLINE) {
    throw invalidPackage(
      'archive-tar-pax',
      'a pax header has a record that does not have the length it claims',
    )
  }
  return {
    key: text(bytes.subarray(space + 1, equals)),
    value: text(bytes.subarray(equals + 1, next - 1)),
    next,
  }
}

/** Whether a record changes which bytes land at which path. */
export function isDecisive(key: string): boolean {
  return (DECISIVE as readonly string[]).includes(key) || key.startsWith('GNU.sparse.')
}

function reportTwice(key: string, hazards: HazardLog): void {
  hazards.report('archive-tar-pax-twice', 'critical', `a pax header gives ${key} twice`, {
    detail: 'Tar readers differ in which of the two they take.',
  })
}

// node-tar splits at newlines instead of counting: a value with a newline in it can hold a record that only it sees.
function reportOtherReading(bytes: Buffer, records: PaxRecords, hazards: HazardLog): void {
  const lines = new Map<string, string>()
  for (const line of text(bytes).split('\n')) {
    const [, length = '', key = '', value = ''] = /^(\d+) ([^=]+)=(.*)$/s.exec(line) ?? []
    if (Number(length) === Buffer.byteLength(line) + 1) lines.set(key, value)
  }
  for (const key of DECISIVE) {
    if (lines.get(key) === records.get(key)) continue
    hazards.report('archive-tar-pax-ambiguous', 'critical', `a pax header hides a ${key} in another record`, {
      detail: 'Readers that split the header into lines see another value than readers that count bytes.',
    })
  }
}

function text(bytes: Buffer): string {
  const utf8 = bytes.toString('utf8')
  return utf8.includes('\ufffd') && !Buffer.from(utf8).equals(bytes) ? bytes.toString('latin1') : utf8
}
