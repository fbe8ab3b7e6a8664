// Reads an .apk of version 2: signature, control and data member, each hash and checksum in them, and the scripts.
import { Budget } from '../../archive/budget.ts'
import { digestRange } from '../../archive/digest-stream.ts'
import { EntryCollector } from '../../archive/entry-collector.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { openRandomAccess } from '../../archive/random-access.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { Json } from '../../model/claim.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, PackageReader, ReadOptions } from '../package-reader.ts'
import { scriptReach } from '../script-reach.ts'
import { EntryChecks } from './entry-checks.ts'
import { apkHooks } from './hooks.ts'
import { type ApkMembers, readApkMembers } from './members.ts'
import { parseSignatureName } from './package-signature.ts'
import { type PkgInfo, parsePkgInfo, pkgInfoDependencies } from './pkginfo.ts'

const MOST_PKGINFO_BYTES = 1024 * 1024

export const apkPackageReader: PackageReader = {
  formats: ['apk'],
  accepts: (fileName) => fileName.endsWith('.apk'),
  readPackage: readApk,
}

async function readApk(file: PackageFile, options: ReadOptions): Promise<PackageContents> {
  const hazards = new HazardLog()
  const budget = new Budget(options.limits, options.signal)
  const collector = new EntryCollector({
    limits: options.limits,
    hazards,
    observe: options.observe,
    root: 'system',
  })
  const checks = new EntryChecks(hazards)
  const members = await readApkMembers(file.location, {
    budget,
    hazards,
    collector,
    onEntry: (role, entry, tar, sha1) => checks.check(role, entry, tar, sha1),
  })
  const entries = collector.finish()
  const info = readPkgInfo(entries, hazards)
  const { identity, dataSha256 } = await memberDigests(file.location, members)
  checkDataHash(info, dataSha256, hazards)
  return {
    type: 'apk',
    format: 'apk',
    ...(file.claim ? { claim: file.claim } : {}),
    digests: file.digests,
    sizeBytes: file.sizeBytes,
    declared: declaredBy(info, identity, entries),
    entries,
    hooks: apkHooks(entries, scriptReach(entries)),
    dependencies: pkgInfoDependencies(info),
    entryPoints: [],
    readerFindings: hazards.findings,
    unpackedBytes: budget.bytesUnpacked,
  }
}

function readPkgInfo(entries: readonly PackageEntry[], hazards: HazardLog): PkgInfo {
  const entry = entries.find((candidate) => candidate.member === 'control' && candidate.path === '.PKGINFO')
  if (!entry?.content || entry.sizeBytes > MOST_PKGINFO_BYTES) {
    throw invalidPackage('apk-pkginfo-missing', 'the control member has no .PKGINFO of ordinary size')
  }
  const info = parsePkgInfo(Buffer.from(entry.content).toString('utf8'))
  for (const key of info.repeated) {
    const rule = key === 'datahash' ? 'apk-repeated-datahash' : 'apk-pkginfo-repeated'
    hazards.report(rule, 'critical', `.PKGINFO has ${key} more than once`, {
      file: '.PKGINFO',
      detail: 'apk takes the last; another reader takes the first.',
    })
  }
  return info
}

async function memberDigests(
  location: string,
  { control, data }: ApkMembers,
): Promise<{ identity: string; dataSha256: string }> {
  const file = await openRandomAccess(location)
  try {
    const [sha1 = ''] = await digestRange(file, control.start, control.end, ['sha1'])
    const [dataSha256 = ''] = await digestRange(file, data.start, data.end, ['sha256'])
    return { identity: `Q1${Buffer.from(sha1, 'hex').toString('base64')}`, dataSha256 }
  } finally {
    await file.close()
  }
}

function checkDataHash(info: PkgInfo, found: string, hazards: HazardLog): void {
  const claimed = info.values.get('datahash')
  if (!claimed) {
    hazards.report('apk-no-datahash', 'critical', '.PKGINFO has no datahash', {
      file: '.PKGINFO',
      detail: 'Neither signature nor index then covers the files of the package.',
    })
  } else if (claimed.toLowerCase() !== found) {
    hazards.report(
      'apk-datahash',
      'critical',
      'the data member does not have the hash that .PKGINFO claims',
      {
        detail: `.PKGINFO says ${claimed}, the data member has ${found}.`,
      },
    )
  }
}

/** Throws PACKAGE_INVALID when name, version or architecture is missing. */
function declaredBy(
  info: PkgInfo,
  identity: string,
  entries: readonly PackageEntry[],
): PackageContents['declared'] {
  const needed = (key: string) => {
    const value = info.values.get(key)
    if (!value) throw invalidPackage('apk-pkginfo-missing', `.PKGINFO has no ${key}`)
    return value
  }
  const text = (key: string, as: string) => {
    const value = info.values.get(key)
    return value ? { [as]: value } : {}
  }
  const maintainer = info.values.get('maintainer') ?? info.values.get('packager')
  return {
    name: needed('pkgname'),
    version: needed('pkgver'),
    architecture: needed('arch'),
    ...text('license', 'licence'),
    ...text('pkgdesc', 'description'),
    ...text('url', 'homepage'),
    maintainers: maintainer ? [maintainer] : [],
    manifest: { ...manifestOf(info), identity, signatures: signatureFacts(entries) },
  }
}

function manifestOf(info: PkgInfo): Record<string, Json> {
  const manifest: Record<string, Json> = {}
  for (const [key, value] of info.values) manifest[key] = info.lists.get(key) ?? value
  return manifest
}

/** Which keys the package says it was signed with. */
function signatureFacts(entries: readonly PackageEntry[]): Json[] {
  return entries
    .filter((entry) => entry.member === 'signature')
    .flatMap((entry) => {
      const name = parseSignatureName(entry.path)
      return name ? [{ member: entry.path, ...name }] : []
    })
}
