// A YUM repository's documents on the way in: repomd verified, files checked against it, claims read from primary.
import type { ArtifactClaim } from '../../model/claim.ts'
import { asGatewayError, GatewayError } from '../../model/errors.ts'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { FetchExpectation, LoadContext, ReadContext } from '../ecosystem.ts'
import { openRepomd, REPOMD } from './index-files.ts'
import { invalid } from './invalid.ts'
import { claimsOf, readPackageTable } from './package-table.ts'
import { rpmOrigin } from './primary.ts'
import { parseRepomd, type Repomd, type RepomdData } from './repomd.ts'
import { REPOSITORY_KEY } from './requests.ts'
import { checkAgainstMetalink, type UpstreamBases, upstreamBases } from './upstream-bases.ts'

/**
 * What is passed on or rewritten. Databases, zchunk copies and delta rpms are left out: each is a second way to the same packages.
 * `modules` must be passed: without it modular packages look like ordinary ones.
 */
const WANTED = new Set([
  'primary',
  'filelists',
  'other',
  'updateinfo',
  'modules',
  'group',
  'group_gz',
  'group_xz',
  'group_zst',
  'productid',
  'appstream',
  'appstream-icons',
])
const MAX_FILE_BYTES = 1024 * 1024 * 1024

/** What sends the gateway on to the next address; a repository that lies is told of, unless it is one mirror of many. */
const NEXT_MIRROR: ReadonlySet<string> = new Set(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_FAILED', 'HOST_REFUSED'])

/** Throws UPSTREAM_INVALID when signature or chain does not hold, and when the revision went back. */
export async function loadRepository(_key: string, context: LoadContext): Promise<IndexSet | undefined> {
  const upstream = await upstreamBases(context)
  let failure: GatewayError | undefined
  for (const base of upstream.bases) {
    try {
      return await loadFrom(base, upstream, context)
    } catch (thrown) {
      failure = asGatewayError(thrown)
      const isOneOfMany = failure.code === 'UPSTREAM_INVALID' && upstream.repomd !== undefined
      if (!isOneOfMany && !NEXT_MIRROR.has(failure.code)) throw failure
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

async function loadFrom(
  base: string,
  upstream: UpstreamBases,
  context: LoadContext,
): Promise<IndexSet | undefined> {
  const known = context.former?.documents.find(({ name }) => name === REPOMD)
  const former = known?.url === `${base}/${REPOMD}` ? { former: known } : {}
  const signed = await fetchSigned(base, former, context)
  if (signed === undefined) return undefined
  const { repomdDocument, bytes, signature } = signed
  checkAgainstMetalink(bytes, upstream, base)
  if (context.former !== undefined && known?.sha256 === repomdDocument.sha256) return context.former
  const repomd = parseRepomd(Buffer.from(bytes).toString('utf8'), 'repomd.xml')
  refuseRollback(repomd, context)
  const documents: IndexDocument[] = [repomdDocument, ...signature]
  for (const data of repomd.data.filter(({ type }) => WANTED.has(type)))
    documents.push(await loadFile(data, base, context))
  if (!repomd.data.some(({ type }) => type === 'primary')) throw invalid('repomd.xml', 'has no primary')
  const { revision, newest } = repomd
  return { key: REPOSITORY_KEY, documents, facts: { revision, newest, upstream: base } }
}

/** Twice, because repomd.xml and its signature are two requests, between which an upstream may have switched. */
async function fetchSigned(base: string, former: FetchExpectation, context: LoadContext) {
  for (let tries = 2; ; tries -= 1) {
    const repomdDocument = await context.fetch(REPOMD, `${base}/${REPOMD}`, former)
    if (repomdDocument === undefined) return undefined
    const bytes = await context.open(repomdDocument)
    if (repomdDocument.sha256 === former.former?.sha256) return { repomdDocument, bytes, signature: [] }
    try {
      return { repomdDocument, bytes, signature: await verifiedSignature(bytes, base, context) }
    } catch (thrown) {
      if (tries === 1 || !(thrown instanceof GatewayError) || thrown.code !== 'UPSTREAM_INVALID') throw thrown
    }
  }
}

/** With configured keys an unsigned repository is refused; without keys nothing is claimed about signatures. */
async function verifiedSignature(
  repomd: Uint8Array,
  base: string,
  context: LoadContext,
): Promise<IndexDocument[]> {
  const files = context.settings.options['keys']
  if (!Array.isArray(files) || files.length === 0) return []
  const document = await context.fetch(`${REPOMD}.asc`, `${base}/${REPOMD}.asc`)
  if (document === undefined) throw invalid('repomd.xml', 'is not signed, and the configuration pins keys')
  const signature = await context.open(document)
  await context.checkSignature({ data: repomd, signature, keyrings: files.map(String), what: 'repomd.xml' })
  return [document]
}

/** A signature says who made a file, not when: an old repository with its known holes is signed as well. */
function refuseRollback({ revision, newest }: Repomd, { former }: LoadContext): void {
  const before = {
    revision: Number(former?.facts['revision'] ?? 0),
    newest: Number(former?.facts['newest'] ?? 0),
  }
  if (revision > 0 && before.revision > 0) {
    if (revision < before.revision)
      throw invalid('repomd.xml', `went back from revision ${before.revision} to ${revision}`)
  } else if (newest < before.newest)
    throw invalid('repomd.xml', `went back from ${before.newest} to ${newest} (newest timestamp)`)
}

async function loadFile(data: RepomdData, base: string, context: LoadContext): Promise<IndexDocument> {
  const former = context.former?.documents.find(
    (document) => document.name === data.type && document.sha256 === data.sha256,
  )
  if (former !== undefined && (await context.has(former))) return former
  const found = await context.fetch(data.type, `${base}/${data.href}`, {
    sha256: data.sha256,
    sizeBytes: data.sizeBytes,
    maxBytes: MAX_FILE_BYTES,
  })
  if (found === undefined) throw invalid('repomd.xml', `lists ${data.href}, which the upstream does not have`)
  return found
}

/** Every package of primary, made anew at each iteration. */
export async function readRepositoryClaims(
  index: IndexSet,
  context: ReadContext,
): Promise<Iterable<ArtifactClaim>> {
  const repomd = await openRepomd(index, context)
  const primary = repomd.data.find(({ type }) => type === 'primary')
  if (primary === undefined) throw invalid('repomd.xml', 'has no primary')
  const table = await readPackageTable(index, primary, context)
  const origin = await rpmOrigin(index, context)
  return { [Symbol.iterator]: () => claimsOf(table, origin) }
}
