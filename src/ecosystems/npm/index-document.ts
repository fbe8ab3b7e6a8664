// The packument: which claims it makes, and how it reads when some of them may not be shown.
import semver from 'semver'
import type { ArtifactClaim, Json, JsonObject } from '../../model/claim.ts'
import { GatewayError } from '../../model/errors.ts'
import type { IndexSet, RenderedDocument } from '../../model/index-set.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { LoadContext, ReadContext, RenderContext, Rendered } from '../ecosystem.ts'
import { abbreviate } from './abbreviated.ts'
import { moveDistTags } from './dist-tags.ts'
import { packumentPath, tarballPath } from './names.ts'
import { digestsOf, type Manifest, type Packument, parsePackument } from './packument.ts'

export const FULL_TYPE = 'application/json'
export const ABBREVIATED_TYPE = 'application/vnd.npm.install-v1+json'

/** Fetches the full packument: only it has `time`, which the age rules and the clients' own need. */
export async function loadPackument(name: string, context: LoadContext): Promise<IndexSet | undefined> {
  const former = context.former?.documents.find((document) => document.name === 'packument')
  for (const upstream of upstreamsFor(name, context)) {
    const document = await context.fetch('packument', `${upstream}/${packumentPath(name)}`, {
      accept: 'application/json',
      ...(former?.url.startsWith(`${upstream}/`) ? { former } : {}),
    })
    if (document !== undefined) return { key: name, documents: [document], facts: { upstream } }
  }
  return undefined
}

/** A reserved name is asked only of upstreams that the configuration calls private: nobody else may answer for it. */
function upstreamsFor(name: string, context: LoadContext): readonly string[] {
  const { settings } = context
  if (!settings.reserved.some((pattern) => matchesName(pattern, name))) return settings.upstreams
  const own = settings.options['privateUpstreams']
  return Array.isArray(own) ? settings.upstreams.filter((base) => own.includes(base)) : []
}

function matchesName(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name
  const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`).test(name)
}

async function openPackument(index: IndexSet, context: ReadContext): Promise<Packument> {
  const document = index.documents.find((one) => one.name === 'packument')
  if (document === undefined)
    throw new GatewayError('INTERNAL', 'an npm index set without packument', { key: index.key })
  return parsePackument(await context.open(document), index.key)
}

export async function readPackumentClaims(
  index: IndexSet,
  context: ReadContext,
): Promise<Iterable<ArtifactClaim>> {
  const packument = await openPackument(index, context)
  return claimsOf(packument, index, context)
}

function* claimsOf(packument: Packument, index: IndexSet, context: ReadContext): Iterable<ArtifactClaim> {
  for (const manifest of Object.values(packument.versions)) {
    const claim = claimOf(manifest, packument, index, context)
    if (claim !== undefined) yield claim
  }
}

function claimOf(
  manifest: Manifest,
  packument: Packument,
  index: IndexSet,
  context: ReadContext,
): ArtifactClaim | undefined {
  const base = index.documents[0]?.url
  const url = URL.parse(manifest.dist.tarball, base)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  const publishedAt = isoDate(packument.time[manifest.version])
  return {
    repository: context.settings.name,
    type: 'npm',
    name: packument.name,
    version: manifest.version,
    path: tarballPath(packument.name, manifest.version),
    indexKey: index.key,
    url: url.href,
    digests: digestsOf(manifest.dist),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    facts: { manifest: installFacts(manifest), signatures: signaturesOf(manifest), ...publisherOf(manifest) },
  }
}

/** The account that the registry says uploaded this version. */
function publisherOf({ _npmUser: user }: Manifest): { publisher?: string } {
  const name = typeof user === 'object' && user !== null && 'name' in user ? user.name : undefined
  return typeof name === 'string' ? { publisher: name } : {}
}

function isoDate(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

/** What a client may believe from the packument without opening the tarball, and that must therefore agree with it. */
const INSTALL_FIELDS = [
  'scripts',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'bin',
  'hasInstallScript',
  'gypfile',
  'maintainers',
  '_npmUser',
]

function installFacts(manifest: Manifest): JsonObject {
  const facts: Record<string, Json> = {}
  for (const field of INSTALL_FIELDS)
    if (manifest[field] !== undefined) facts[field] = manifest[field] as Json
  return facts
}

function signaturesOf(manifest: Manifest): Json {
  const { signatures, integrity } = manifest.dist
  if (!Array.isArray(signatures)) return null
  const pairs = signatures
    .filter((one) => typeof one?.keyid === 'string' && typeof one?.sig === 'string')
    .map(({ keyid, sig }) => ({ keyid, sig }))
  return { integrity: typeof integrity === 'string' ? integrity : '', pairs }
}

/** Renders the document that is asked: the packument in both forms, its dist-tags, or one manifest. */
export async function renderPackument(index: IndexSet, context: RenderContext): Promise<Rendered> {
  const packument = await openPackument(index, context)
  const withheld: { claim: ArtifactClaim; verdict: Verdict }[] = []
  const versions: Packument['versions'] = {}
  for (const manifest of Object.values(packument.versions)) {
    const claim = claimOf(manifest, packument, index, context)
    if (claim === undefined) continue
    const shown = context.show(claim)
    if (shown.show) versions[manifest.version] = withOwnUrl(manifest, claim, context)
    else withheld.push({ claim, verdict: shown.verdict })
  }
  const first = withheld.at(-1)
  if (Object.keys(versions).length === 0 && first !== undefined)
    return { documents: [], refused: first.verdict, withheld }
  return documentOf(context.document, withhold(packument, versions), withheld)
}

function withOwnUrl(manifest: Manifest, claim: ArtifactClaim, context: RenderContext): Manifest {
  return { ...manifest, dist: { ...manifest.dist, tarball: `${context.settings.publicUrl}/${claim.path}` } }
}

function withhold(packument: Packument, versions: Packument['versions']): Packument {
  const tags = moveDistTags(packument['dist-tags'], versions)
  const time: Record<string, string> = {}
  for (const [key, value] of Object.entries(packument.time))
    if (key === 'created' || key === 'modified' || Object.hasOwn(versions, key)) time[key] = value
  return { ...packument, 'dist-tags': tags, versions, time }
}

function documentOf(document: string, packument: Packument, withheld: Rendered['withheld']): Rendered {
  if (document === 'packument') return { documents: packumentDocuments(packument, withheld), withheld }
  if (document === 'dist-tags')
    return { documents: [jsonDocument(document, packument['dist-tags'])], withheld }
  const wanted = document.slice('manifest/'.length)
  const version = Object.hasOwn(packument['dist-tags'], wanted) ? packument['dist-tags'][wanted] : wanted
  const manifest =
    version !== undefined && Object.hasOwn(packument.versions, version)
      ? packument.versions[version]
      : undefined
  if (manifest !== undefined) return { documents: [jsonDocument(document, manifest)], withheld }
  const refused = withheld.find((one) => one.claim.version === wanted)?.verdict
  return { documents: [], withheld, ...(refused === undefined ? {} : { refused }) }
}

function packumentDocuments(packument: Packument, withheld: Rendered['withheld']): RenderedDocument[] {
  const modified = isoDate(packument.time['modified'])
  const headers = noticeOf(packument, withheld)
  return [
    { type: FULL_TYPE, value: packument },
    { type: ABBREVIATED_TYPE, value: abbreviate(packument) },
  ].map(({ type, value }) => ({
    ...jsonDocument('packument', value, type),
    ...(modified === undefined ? {} : { lastModified: new Date(modified).toUTCString() }),
    ...(headers === undefined ? {} : { headers }),
  }))
}

/** npm prints `npm-notice` of any answer. Said only when a newer version than the newest shown one was withheld. */
function noticeOf(packument: Packument, withheld: Rendered['withheld']): Record<string, string> | undefined {
  const latest = packument['dist-tags']['latest']
  const newer = withheld
    .filter(({ claim }) => latest === undefined || semver.gt(claim.version, latest, true))
    .filter(({ claim }) => semver.prerelease(claim.version, true) === null)
    .sort((a, b) => semver.rcompare(a.claim.version, b.claim.version, true))[0]
  if (newer === undefined) return undefined
  const reason = newer.verdict.reasons[0]?.text ?? 'not approved'
  const text = `sallyport withheld ${packument.name}@${newer.claim.version}: ${reason}`
  // npm stays silent about notices of answers that it may cache: make-fetch-happen marks those, npm-registry-fetch looks for the mark.
  return { 'npm-notice': text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300), 'cache-control': 'no-store' }
}

function jsonDocument(path: string, value: unknown, contentType = FULL_TYPE): RenderedDocument {
  return { path, contentType, body: Buffer.from(JSON.stringify(value)) }
}
