// Packages of primary.xml: what each one promises.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ArtifactClaim, JsonObject } from '../../model/claim.ts'
import type { IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { sourceFacts } from '../same-source.ts'
import { invalid } from './invalid.ts'
import { REPOSITORY_KEY } from './requests.ts'
import { attributesOf, textOf } from './span-fields.ts'

export interface PrimaryPackage {
  readonly name: string
  readonly architecture: string
  readonly epoch: string
  readonly version: string
  readonly release: string
  /** SHA-256 of the rpm; joins primary with filelists and other. */
  readonly pkgid: string
  readonly href: string
  readonly sizeBytes: number
  readonly sourceRpm?: string
}

const HREF =
  /^(?:\.\/)?(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))(?!.*\/\/)(?![A-Za-z][A-Za-z0-9+.-]*:)[\x21-\x7e]+\.rpm$/

/** Throws UPSTREAM_INVALID for a package without SHA-256 or with a location that leaves the repository. */
export function parsePrimaryPackage(bytes: Buffer, what: string): PrimaryPackage {
  // Dependencies and files repeat element names; the fields wanted here all stand outside <format>.
  const head = withoutPart(bytes, '<format>', '</format>')
  const name = textOf(head, 'name', what) ?? ''
  const version = attributesOf(head, 'version', what)
  const location = attributesOf(head, 'location', what)
  const checksum = attributesOf(head, 'checksum', what)
  const pkgid = (textOf(head, 'checksum', what) ?? '').toLowerCase()
  const href = location?.['href'] ?? ''
  const size = attributesOf(head, 'size', what)?.['package'] ?? ''
  if (location?.['xml:base'] !== undefined) throw invalid(what, `moves ${name} to another host with xml:base`)
  if (checksum?.['type'] !== 'sha256' || checksum['pkgid'] !== 'YES' || !/^[0-9a-f]{64}$/.test(pkgid))
    throw invalid(what, `has no sha256 pkgid for ${name}`)
  if (!HREF.test(href))
    throw invalid(what, `has a location that leaves the repository: ${href.slice(0, 100)}`)
  if (
    name === '' ||
    version?.['ver'] === undefined ||
    version['rel'] === undefined ||
    !/^\d{1,15}$/.test(size)
  )
    throw invalid(what, `has a package whose name, version or size cannot be read: ${name || href}`)
  const sourceRpm = textOf(partOf(bytes, '<rpm:sourcerpm', '</rpm:sourcerpm>'), 'rpm:sourcerpm', what)
  return {
    name,
    architecture: textOf(head, 'arch', what) ?? '',
    epoch: version['epoch'] ?? '0',
    version: version['ver'],
    release: version['rel'],
    pkgid,
    href: href.replace(/^(?:\.\/)+/, ''),
    sizeBytes: Number(size),
    ...(sourceRpm === undefined || sourceRpm === '' ? {} : { sourceRpm }),
  }
}

/** From the first `start` to the last `end`; nothing when they are not there in this order. Most of a package is never made text. */
function partOf(bytes: Buffer, start: string, end: string): string {
  const from = bytes.indexOf(start)
  const to = bytes.lastIndexOf(end)
  return from < 0 || to < from ? '' : bytes.toString('utf8', from, to + end.length)
}

function withoutPart(bytes: Buffer, start: string, end: string): string {
  const from = bytes.indexOf(start)
  const to = bytes.lastIndexOf(end)
  if (from < 0 || to < from) return bytes.toString('utf8')
  return bytes.toString('utf8', 0, from) + bytes.toString('utf8', to + end.length)
}

/** `[epoch:]version-release`, epoch 0 unsaid. */
export function evrOf({ epoch, version, release }: PrimaryPackage): string {
  return `${epoch === '0' ? '' : `${epoch}:`}${version}-${release}`
}

/** What all claims of a set have in common. */
export interface RpmOrigin {
  readonly repository: string
  /** Base of the upstream that the set was read from. */
  readonly base: string
  readonly facts: JsonObject
}

/** Evidence is for the vendor keys that it was made with: other keys are another fact of each claim. */
export async function rpmOrigin(
  index: IndexSet,
  { settings }: Pick<ReadContext, 'settings'>,
): Promise<RpmOrigin> {
  const upstream = index.facts['upstream']
  const files = settings.options['vendorKeys']
  const vendorKeys =
    Array.isArray(files) && files.length > 0 ? await digestOfFiles(files.map(String)) : undefined
  return {
    repository: settings.name,
    base: typeof upstream === 'string' ? upstream : (settings.upstreams[0] ?? ''),
    facts: { ...sourceFacts(settings.options), ...(vendorKeys === undefined ? {} : { vendorKeys }) },
  }
}

async function digestOfFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file).catch(() => 'not there')).update('\0')
  return hash.digest('hex').slice(0, 16)
}

export function rpmClaim(one: PrimaryPackage, { repository, base, facts }: RpmOrigin): ArtifactClaim {
  return {
    repository,
    type: 'rpm',
    name: one.name,
    version: evrOf(one),
    path: one.href,
    indexKey: REPOSITORY_KEY,
    url: `${base}/${one.href.split('/').map(encodeURIComponent).join('/')}`,
    digests: { sha256: one.pkgid },
    sizeBytes: one.sizeBytes,
    facts: {
      architecture: one.architecture,
      ...(one.sourceRpm === undefined ? {} : { source: one.sourceRpm }),
      ...facts,
    },
  }
}
