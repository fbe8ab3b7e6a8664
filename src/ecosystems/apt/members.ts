// Which members a .deb may have and in which order; dpkg, apt and other readers part ways on everything else, deb(5).
import type { ArListing, ArMember } from '../../archive/ar.ts'
import type { Compression } from '../../archive/decompress.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { invalidPackage } from '../../archive/refusal.ts'

const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  '': 'none',
  '.gz': 'gzip',
  '.xz': 'xz',
  '.zst': 'zstd',
  '.bz2': 'bzip2',
  '.lzma': 'lzma',
}
/** dpkg takes the two old kinds for the data member only. */
const DATA_ONLY: readonly Compression[] = ['bzip2', 'lzma']

export interface DebTar {
  readonly member: ArMember
  readonly compression: Compression
}

export interface DebMembers {
  readonly version: ArMember
  readonly control: DebTar
  readonly data: DebTar
  /** Second control and data members: looked into as well, so that whatever a client may see is seen. */
  readonly more: readonly (DebTar & { readonly kind: 'control' | 'data' })[]
}

/** Finds the three members. Throws PACKAGE_INVALID when one is missing; reports whatever else the archive holds. */
export function debMembers(listing: ArListing, hazards: HazardLog): DebMembers {
  reportSpelling(listing, hazards)
  const version = listing.members.find((member) => member.name === 'debian-binary')
  const controls = tarsNamed('control', listing.members)
  const datas = tarsNamed('data', listing.members)
  const [control] = controls
  const [data] = datas
  if (!version || !control || !data) {
    const members = listing.members.map((member) => member.name)
    throw invalidPackage('deb-members', 'a .deb needs debian-binary, control.tar and data.tar', { members })
  }
  reportOthers(listing.members, [version, control.member, data.member], hazards)
  const more = [
    ...controls.slice(1).map((tar) => ({ ...tar, kind: 'control' as const })),
    ...datas.slice(1).map((tar) => ({ ...tar, kind: 'data' as const })),
  ]
  return { version, control, data, more }
}

function tarsNamed(kind: 'control' | 'data', members: readonly ArMember[]): DebTar[] {
  return members.flatMap((member) => {
    // A reader that cuts the slash GNU ar writes would take the member for what it is without it.
    const name = member.name.replace(/\/$/, '')
    if (name !== `${kind}.tar` && !name.startsWith(`${kind}.tar.`)) return []
    const compression = COMPRESSIONS[name.slice(`${kind}.tar`.length)]
    if (!compression || (kind === 'control' && DATA_ONLY.includes(compression))) {
      throw invalidPackage('deb-compression', `no dpkg unpacks ${member.name}`, { member: member.name })
    }
    return [{ member, compression }]
  })
}

function reportSpelling(listing: ArListing, hazards: HazardLog): void {
  const titles = {
    name: 'a member name that readers spell differently',
    number: 'a member size that readers take for different numbers',
    padding: 'a member of odd size without the newline that must follow',
    trailing: 'bytes after the last member',
  }
  for (const { kind, member, offset } of listing.hazards) {
    const rule = kind === 'trailing' ? 'deb-trailing-data' : `deb-member-${kind}`
    hazards.report(rule, 'critical', titles[kind], {
      file: member,
      detail: `At byte ${offset} of the archive.`,
    })
  }
}

/** `expected` in their order; whatever else is there is reported with what its place and name mean to dpkg. */
function reportOthers(members: readonly ArMember[], expected: readonly ArMember[], hazards: HazardLog): void {
  const inOrder = members.filter((member) => expected.includes(member))
  if (members[0] !== expected[0] || inOrder.some((member, at) => member !== expected[at])) {
    hazards.report(
      'deb-member-order',
      'critical',
      'the members are not debian-binary, control.tar, data.tar in this order',
    )
  }
  for (const member of members) {
    if (!expected.includes(member)) reportOther(member, hazards)
  }
}

function reportOther(member: ArMember, hazards: HazardLog): void {
  const file = member.name
  const kind = /^(control|data)\.tar|^debian-binary\/?$/.exec(file)
  if (kind) {
    const what = kind[1] ?? 'version'
    hazards.report(`deb-second-${what}-member`, 'critical', `a second ${what} member`, {
      file,
      detail: 'One reader unpacks the first and another the last.',
    })
  } else if (file.startsWith('_')) {
    hazards.report('deb-ignored-member', 'medium', 'a member that dpkg ignores because of its name', { file })
  } else {
    hazards.report('deb-unknown-member', 'critical', 'a member that belongs to no .deb', {
      file,
      detail: 'dpkg refuses it in some places and ignores it in others.',
    })
  }
}
