// Splits an .apk into its gzip members and unpacks each as what its place makes it: signature, control, data.
import type { Budget } from '../../archive/budget.ts'
import { ByteReader, readFileChunks } from '../../archive/byte-reader.ts'
import { collectTar } from '../../archive/collect-tar.ts'
import type { EntryCollector } from '../../archive/entry-collector.ts'
import { type GzipMember, gzipMembers } from '../../archive/gzip-members.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { TarEntry } from '../../archive/tar.ts'
import type { PackageEntry } from '../../model/package-contents.ts'

export type ApkRole = 'signature' | 'control' | 'data'

/** Offsets in the file, end exclusive. */
export interface MemberRange {
  readonly start: number
  readonly end: number
}

export interface ApkMembers {
  readonly signature?: MemberRange
  readonly control: MemberRange
  readonly data: MemberRange
}

export interface ApkMemberOptions {
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly collector: EntryCollector
  /** `sha1`: of the content, hex; files of the data member only. */
  readonly onEntry: (role: ApkRole, entry: PackageEntry, tar: TarEntry, sha1: string | undefined) => void
}

const SIGNATURE_PREFIX = '.SIGN.'

/** Unpacks everything. Throws PACKAGE_INVALID when control or data is missing or a member is damaged. */
export async function readApkMembers(location: string, options: ApkMemberOptions): Promise<ApkMembers> {
  const { budget, hazards } = options
  const reader = new ByteReader(readFileChunks(location, budget))
  const ranges: Partial<Record<ApkRole, MemberRange>> = {}
  try {
    for await (const member of gzipMembers(reader, budget)) {
      const { role, range } = await readMember(member, ranges, options)
      ranges[role] ??= range
    }
    await reportRest(reader, hazards)
  } finally {
    await reader.close()
  }
  const { signature, control, data } = ranges
  if (!control || !data) throw invalidPackage('apk-members', 'an .apk needs a control and a data member')
  if (!signature) {
    hazards.report('apk-unsigned', 'medium', 'the package has no signature of its own', {
      detail: 'Only the identity in a signed index ties it to its maker.',
    })
  }
  return { ...(signature ? { signature } : {}), control, data }
}

async function readMember(
  member: GzipMember,
  before: Partial<Record<ApkRole, MemberRange>>,
  options: ApkMemberOptions,
): Promise<{ role: ApkRole; range: MemberRange }> {
  const { budget, hazards, collector } = options
  const tar = new ByteReader(member.content)
  const name = (await tar.peek(100)).toString('latin1').split('\0')[0] ?? ''
  const role = roleOf(name, before, hazards)
  const { hasEndBlocks } = await collectTar(tar, {
    budget,
    hazards,
    collector,
    member: role,
    endBlocks: role === 'data',
    ...(role === 'data' ? { algorithm: 'sha1' } : {}),
    onEntry: (entry, header, sha1) => options.onEntry(role, entry, header, sha1),
  })
  if (role !== 'data' && hasEndBlocks) {
    hazards.report('apk-early-end', 'critical', `the ${role} member ends the tar archive before the data`, {
      detail: 'All members are one tar to some readers: they stop here, others go on.',
    })
  }
  reportHeader(member, role, hazards)
  return { role, range: { start: member.start, end: member.end() } }
}

/** By order; a member that comes too often or too late is read as data and reported. */
function roleOf(name: string, before: Partial<Record<ApkRole, MemberRange>>, hazards: HazardLog): ApkRole {
  const isFirst = !before.signature && !before.control
  if (name.startsWith(SIGNATURE_PREFIX)) {
    if (isFirst) return 'signature'
    hazards.report('apk-member-order', 'critical', 'a signature that is not the first member', { file: name })
  }
  if (!before.control) return 'control'
  if (before.data) {
    hazards.report('apk-extra-member', 'critical', 'a further gzip member after the data', {
      detail: 'The data hash does not cover it; some readers unpack it and others do not.',
    })
  }
  return 'data'
}

function reportHeader(member: GzipMember, role: ApkRole, hazards: HazardLog): void {
  const header = member.header()
  if (!header || (header.extraBytes === 0 && header.name === undefined && header.comment === undefined))
    return
  hazards.report(
    'apk-gzip-field',
    'medium',
    `the ${role} member has a name, comment or extra field in its gzip header`,
    {
      detail: 'No builder of packages writes one; it is a place to hide data in.',
    },
  )
}

async function reportRest(reader: ByteReader, hazards: HazardLog): Promise<void> {
  let bytes = 0
  for await (const piece of reader.rest()) bytes += piece.length
  if (bytes === 0) return
  hazards.report('apk-trailing-data', 'critical', `${bytes} bytes after the last member`, {
    detail: 'No hash of the package covers them.',
  })
}
