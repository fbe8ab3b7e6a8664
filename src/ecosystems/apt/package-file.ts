// Reads a .deb: the ar members, the control member's fields and scripts, and every file of the data member.
import { type ArMember, listArMembers } from '../../archive/ar.ts'
import { Budget } from '../../archive/budget.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { openRandomAccess, type RandomAccess } from '../../archive/random-access.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, PackageReader, ReadOptions } from '../package-reader.ts'
import { scriptReach } from '../script-reach.ts'
import { type ControlFile, controlDependencies, parseControlFile } from './control-file.ts'
import { copyrightLicence } from './copyright.ts'
import { DebTars } from './deb-tars.ts'
import { debHooks } from './hooks.ts'
import { compareMd5sums, parseMd5sums, reportUnlisted } from './md5sums.ts'
import { debMembers } from './members.ts'

const VERSION = '2.0\n'
const MOST_CONTROL_BYTES = 1024 * 1024
const DECLARED = ['package', 'version', 'architecture'] as const

export const debPackageReader: PackageReader = {
  formats: ['deb'],
  accepts: (fileName) => /\.(?:deb|udeb|ddeb)$/.test(fileName),
  async readPackage(file, options) {
    const archive = await openRandomAccess(file.location)
    try {
      return await readDeb(archive, file, options)
    } finally {
      await archive.close()
    }
  },
}

async function readDeb(
  archive: RandomAccess,
  file: PackageFile,
  options: ReadOptions,
): Promise<PackageContents> {
  const hazards = new HazardLog()
  const budget = new Budget(options.limits, options.signal)
  const members = debMembers(await listArMembers(archive), hazards)
  await checkVersion(archive, members.version, hazards)
  const tars = new DebTars(archive.location, { budget, hazards, observe: options.observe })
  await tars.read(members.control, 'control')
  await tars.read(members.data, 'data')
  for (const tar of members.more) await tars.read(tar, tar.kind)
  const entries = tars.finish()
  const controlEntries = entries.filter((entry) => entry.member === 'control')
  const control = readControl(controlEntries, hazards)
  checkMd5sums(controlEntries, entries, tars.md5, hazards)
  const hooks = debHooks(controlEntries, scriptReach(entries), hazards)
  return {
    type: 'deb',
    format: 'deb',
    ...(file.claim ? { claim: file.claim } : {}),
    digests: file.digests,
    sizeBytes: file.sizeBytes,
    declared: declaredBy(control, entries),
    entries,
    hooks,
    dependencies: controlDependencies(control),
    entryPoints: [],
    readerFindings: hazards.findings,
    unpackedBytes: budget.bytesUnpacked,
  }
}

/** dpkg takes any 2.x; nothing but 2.0 was ever written, and what a later one means other readers do not know. */
async function checkVersion(archive: RandomAccess, member: ArMember, hazards: HazardLog): Promise<void> {
  const text = (await archive.read(member.offset, Math.min(member.sizeBytes, 64))).toString('latin1')
  if (text === VERSION && member.sizeBytes === VERSION.length) return
  hazards.report('deb-format-version', 'critical', 'debian-binary does not say 2.0', {
    snippet: JSON.stringify(text),
  })
}

function readControl(control: readonly PackageEntry[], hazards: HazardLog): ControlFile {
  const text = controlText(control, 'control')
  if (text === undefined)
    throw invalidPackage('deb-control-missing', 'the control member has no control file')
  const parsed = parseControlFile(text)
  const file = 'DEBIAN/control'
  for (const field of parsed.repeated) {
    hazards.report('deb-control-repeated-field', 'critical', `the control file has ${field} twice`, { file })
  }
  if (parsed.hasMore) {
    hazards.report('deb-control-second-stanza', 'critical', 'the control file describes a second package', {
      file,
    })
  }
  for (const field of DECLARED) {
    if (parsed.fields.get(field)) continue
    hazards.report('deb-control-missing-field', 'critical', `the control file has no ${field}`, { file })
  }
  return parsed
}

function checkMd5sums(
  control: readonly PackageEntry[],
  entries: readonly PackageEntry[],
  md5: ReadonlyMap<string, string>,
  hazards: HazardLog,
): void {
  const text = controlText(control, 'md5sums', Number.POSITIVE_INFINITY)
  if (text === undefined) return
  const sums = parseMd5sums(text, hazards)
  const conffiles = (controlText(control, 'conffiles') ?? '')
    .split('\n')
    .map((line) => line.trim().replace(/^\/+/, ''))
  compareMd5sums(sums, md5, entries, hazards)
  reportUnlisted(sums, md5, new Set(conffiles), hazards)
}

/** Text of a file of the control member; undefined when there is none. */
function controlText(
  control: readonly PackageEntry[],
  name: string,
  most = MOST_CONTROL_BYTES,
): string | undefined {
  const entry = control.find((candidate) => candidate.path === `DEBIAN/${name}`)
  if (entry?.type !== 'file') return undefined
  if (!entry.content || entry.sizeBytes > most) {
    throw invalidPackage('deb-control-size', `${name} of the control member is too large`, {
      sizeBytes: entry.sizeBytes,
    })
  }
  return Buffer.from(entry.content).toString('utf8')
}

function declaredBy(control: ControlFile, entries: readonly PackageEntry[]): PackageContents['declared'] {
  const { fields } = control
  const text = (field: string, key: string) => {
    const value = fields.get(field)
    return value ? { [key]: value } : {}
  }
  const copyright = entries.find((entry) => entry.path === `usr/share/doc/${fields.get('package')}/copyright`)
  const licence = copyright?.content && copyrightLicence(Buffer.from(copyright.content).toString('utf8'))
  const maintainer = fields.get('maintainer')
  return {
    ...text('package', 'name'),
    ...text('version', 'version'),
    ...text('architecture', 'architecture'),
    ...text('homepage', 'homepage'),
    ...text('vcs-browser', 'repositoryUrl'),
    ...text('description', 'description'),
    ...(licence ? { licence } : {}),
    maintainers: maintainer ? [maintainer] : [],
    manifest: control.spelled,
  }
}
