// Lists the members of an ar archive (the container of a .deb) and everything in it that readers see differently.
//
//   "!<arch>\n" | per member: name 16, time 12, owner 6, group 6, mode 8 (octal), size 10, "`\n" | data | "\n" when odd
import type { RandomAccess } from './random-access.ts'
import { invalidPackage } from './refusal.ts'

const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
/** More than any package has; each member costs two small reads. */
const MOST_MEMBERS = 64

export interface ArMember {
  /** Without the spaces that fill the field; a GNU `/` at the end is kept. */
  readonly name: string
  readonly offset: number
  readonly sizeBytes: number
}

/**
 * `name`: empty, a path, GNU or BSD long-name form, not printable. `number`: a size with signs, spaces inside or
 * no digits. `padding`: the byte after an odd member is missing or not a newline. `trailing`: bytes after the last member.
 */
export interface ArHazard {
  readonly kind: 'name' | 'number' | 'padding' | 'trailing'
  readonly member: string
  readonly offset: number
}

export interface ArListing {
  readonly members: readonly ArMember[]
  readonly hazards: readonly ArHazard[]
}

/** Reads headers only. Throws PACKAGE_INVALID when it is no ar archive or a member reaches beyond the file. */
export async function listArMembers(source: RandomAccess): Promise<ArListing> {
  if (source.sizeBytes < MAGIC.length || (await source.read(0, MAGIC.length)).toString('latin1') !== MAGIC) {
    throw invalid('ar-magic', {})
  }
  const members: ArMember[] = []
  const hazards: ArHazard[] = []
  let at = MAGIC.length
  while (at < source.sizeBytes) {
    const header = await readHeader(source, at)
    if (!header.endsWith('`\n') || members.length >= MOST_MEMBERS) {
      hazards.push({ kind: 'trailing', member: members.at(-1)?.name ?? '', offset: at })
      break
    }
    const member = readMember(header, at, source.sizeBytes, hazards)
    members.push(member)
    at = await skipPadding(source, member, hazards)
  }
  return { members, hazards }
}

/** Empty when the rest of the file is too short for a header. */
async function readHeader(source: RandomAccess, at: number): Promise<string> {
  if (at + HEADER_BYTES > source.sizeBytes) return ''
  return (await source.read(at, HEADER_BYTES)).toString('latin1')
}

function readMember(header: string, at: number, end: number, hazards: ArHazard[]): ArMember {
  const name = header.slice(0, 16).replace(/ +$/, '')
  const size = header.slice(48, 58)
  if (!/^[0-9A-Za-z_.+-]+$/.test(name)) hazards.push({ kind: 'name', member: name, offset: at })
  if (!/^\d+ *$/.test(size)) hazards.push({ kind: 'number', member: name, offset: at })
  const sizeBytes = Number.parseInt(size, 10)
  const offset = at + HEADER_BYTES
  if (!(sizeBytes >= 0) || offset + sizeBytes > end) throw invalid('ar-member-size', { member: name, size })
  return { name, offset, sizeBytes }
}

/** Where the next header begins: members start at even offsets. */
async function skipPadding(source: RandomAccess, member: ArMember, hazards: ArHazard[]): Promise<number> {
  const end = member.offset + member.sizeBytes
  if (member.sizeBytes % 2 === 0) return end
  const hasNewline = end < source.sizeBytes && (await source.read(end, 1))[0] === 0x0a
  if (!hasNewline) hazards.push({ kind: 'padding', member: member.name, offset: end })
  return Math.min(end + 1, source.sizeBytes)
}

function invalid(rule: string, facts: Record<string, unknown>): Error {
  return invalidPackage(rule, `the ar archive cannot be read: ${rule}`, facts)
}
