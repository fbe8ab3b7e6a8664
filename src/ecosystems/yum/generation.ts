// A YUM repository on the way out: withheld packages cut from primary, filelists and other by raw span, repomd rebuilt and signed.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, GenerationDocument, RenderedGeneration } from '../ecosystem.ts'
import { type Show, showWholeSources, sourceFacts } from '../same-source.ts'
import { documentOf, openFile, openRepomd } from './index-document.ts'
import { invalid } from './invalid.ts'
import { checkList, isPackageList, listedSpans, type PkgidCounts, pkgidOf } from './package-list.ts'
import { type PrimaryPackage, parsePrimaryPackage, rpmClaim } from './primary.ts'
import type { RepomdData } from './repomd.ts'
import { signedRepomd } from './signed-repomd.ts'
import { contentHref, storeFile } from './store-file.ts'
import { filterUpdateinfo } from './updateinfo.ts'

type Withheld = RenderedGeneration['withheld'][number]

export async function renderRepository(
  index: IndexSet,
  context: GenerationContext,
): Promise<RenderedGeneration> {
  const repomd = await openRepomd(index, context)
  const present = repomd.data.filter(({ type }) => documentOf(index, type) !== undefined)
  const screened = await screenPrimary(index, present, context)
  const data: RepomdData[] = []
  for (const one of present) data.push(await renderFile(index, one, screened, context))
  const documents = data.map(documentOfData)
  return { documents: [...documents, ...(await signedRepomd(data, context))], withheld: screened.withheld }
}

interface Screened {
  readonly withheld: readonly Withheld[]
  /** Withheld packages by pkgid. */
  readonly hidden: ReadonlyMap<string, PrimaryPackage>
  /** Of primary. */
  readonly counts: PkgidCounts
}

/** Asks of every package of primary whether it may be shown. */
async function screenPrimary(
  index: IndexSet,
  data: readonly RepomdData[],
  context: GenerationContext,
): Promise<Screened> {
  const primary = data.find(({ type }) => type === 'primary')
  if (primary === undefined) throw invalid('repomd.xml', 'has no primary')
  const packages = () => packagesOf(index, primary, context)
  const show =
    sourceFacts(context.settings.options).withholdSource === true
      ? await showWholeSources(context.show, claimsOf(packages()))
      : context.show
  return screen(packages(), show)
}

async function screen(
  packages: AsyncIterable<{ one: PrimaryPackage; claim: ArtifactClaim }>,
  show: Show,
): Promise<Screened> {
  const withheld: Withheld[] = []
  const hidden = new Map<string, PrimaryPackage>()
  const counts = new Map<string, number>()
  for await (const { one, claim } of packages) {
    counts.set(one.pkgid, (counts.get(one.pkgid) ?? 0) + 1)
    const shown = show(claim)
    if (shown.show) continue
    withheld.push({ claim, verdict: shown.verdict })
    hidden.set(one.pkgid, one)
  }
  return { withheld, hidden, counts }
}

async function* packagesOf(index: IndexSet, primary: RepomdData, context: GenerationContext) {
  for await (const { bytes } of listedSpans(openFile(index, primary, context), 'primary')) {
    if (bytes.length === 0) continue
    const one = parsePrimaryPackage(bytes, 'primary')
    yield { one, claim: rpmClaim(one, context) }
  }
}

async function* claimsOf(packages: AsyncIterable<{ claim: ArtifactClaim }>): AsyncGenerator<ArtifactClaim> {
  for await (const { claim } of packages) yield claim
}

async function renderFile(
  index: IndexSet,
  data: RepomdData,
  screened: Screened,
  context: GenerationContext,
): Promise<RepomdData> {
  const open = () => openFile(index, data, context)
  const isList = isPackageList(data.type)
  const counts =
    isList && data.type !== 'primary' ? await checkList(open(), data.type, screened.counts) : screened.counts
  if (screened.hidden.size === 0 || (!isList && data.type !== 'updateinfo'))
    // Upstream's own bytes, under a name that is their content.
    return { ...data, href: contentHref(data.sha256, data.href.slice(data.href.lastIndexOf('/') + 1)) }
  const kept = isList
    ? keepPackages(open(), data.type, counts, screened.hidden)
    : filterUpdateinfo(open(), [...screened.hidden.values()])
  return storeFile(data.type, kept, context)
}

/** The count in the header comes first, so it is known before. */
async function* keepPackages(
  chunks: AsyncIterable<Uint8Array>,
  type: string,
  counts: PkgidCounts,
  hidden: ReadonlyMap<string, unknown>,
): AsyncGenerator<Buffer> {
  let kept = 0
  for (const [pkgid, count] of counts) if (!hidden.has(pkgid)) kept += count
  let first = true
  for await (const { before, bytes } of listedSpans(chunks, type)) {
    const shown = bytes.length === 0 || !hidden.has(pkgidOf(bytes, type))
    if (first) yield withCount(before, kept)
    else if (shown) yield before
    first = false
    if (shown) yield bytes
  }
}

function withCount(head: Buffer, count: number): Buffer {
  return Buffer.from(head.toString('utf8').replace(/(\spackages=")\d+(")/, `$1${count}$2`))
}

/** Checksum-prefixed paths are their content: they are answered from every kept generation. */
function documentOfData({ href, sha256, sizeBytes }: RepomdData): GenerationDocument {
  return { path: href, contentType: 'application/octet-stream', sha256, sizeBytes }
}
