// A YUM repository on the way out: withheld packages cut from primary, filelists and other by raw span, repomd rebuilt and signed.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, GenerationDocument, RenderedGeneration } from '../ecosystem.ts'
import { showWholeSources, sourceFacts } from '../same-source.ts'
import { documentOf, openFile, openRepomd } from './index-files.ts'
import { invalid } from './invalid.ts'
import { checkList, countsOf, isPackageList, type ListCounts, listedSpans, pkgidOf } from './package-list.ts'
import { type PackageTable, readPackageTable } from './package-table.ts'
import { type PrimaryPackage, type RpmOrigin, rpmClaim, rpmOrigin } from './primary.ts'
import type { RepomdData } from './repomd.ts'
import { signedRepomd } from './signed-repomd.ts'
import { contentHref, storeFile } from './store-file.ts'
import { filterUpdateinfo } from './updateinfo.ts'

/** Few packages are in a list twice. */
const COUNTS_BYTES = 1024

type Withheld = RenderedGeneration['withheld'][number]

export async function renderRepository(
  index: IndexSet,
  context: GenerationContext,
): Promise<RenderedGeneration> {
  const repomd = await openRepomd(index, context)
  const present = repomd.data.filter(({ type }) => documentOf(index, type) !== undefined)
  const primary = present.find(({ type }) => type === 'primary')
  if (primary === undefined) throw invalid('repomd.xml', 'has no primary')
  const table = await readPackageTable(index, primary, context)
  const screened = screenPackages(table, await rpmOrigin(index, context), context)
  const rendering: Rendering = { index, primary, table, hidden: screened.hidden, context }
  const data: RepomdData[] = []
  for (const one of present) data.push(await renderFile(one, rendering))
  const documents = data.map(documentOfData)
  return { documents: [...documents, ...(await signedRepomd(data, context))], withheld: screened.withheld }
}

interface Rendering {
  readonly index: IndexSet
  readonly primary: RepomdData
  readonly table: PackageTable
  /** Withheld packages by pkgid. */
  readonly hidden: ReadonlyMap<string, PrimaryPackage>
  readonly context: GenerationContext
}

/** Asks of every package of primary whether it may be shown. */
function screenPackages(table: PackageTable, origin: RpmOrigin, context: GenerationContext) {
  const withheld: Withheld[] = []
  const hidden = new Map<string, PrimaryPackage>()
  const wholeSources = sourceFacts(context.settings.options).withholdSource === true
  const show = wholeSources ? showWholeSources(context.show, claimsOf(table, origin)) : context.show
  // One blocked package may withhold others that nothing happened to.
  const mayHide = wholeSources ? undefined : context.mayHide
  for (let at = 0; at < table.count; at += 1) {
    const one = table.packageOf(at)
    if (mayHide?.(one.href) === false) continue
    const claim = rpmClaim(one, origin)
    const shown = show(claim)
    if (shown.show) continue
    withheld.push({ claim, verdict: shown.verdict })
    hidden.set(one.pkgid, one)
  }
  return { withheld, hidden }
}

function* claimsOf(table: PackageTable, origin: RpmOrigin): Generator<ArtifactClaim> {
  for (let at = 0; at < table.count; at += 1) yield rpmClaim(table.packageOf(at), origin)
}

async function renderFile(data: RepomdData, rendering: Rendering): Promise<RepomdData> {
  const { index, hidden, context } = rendering
  const isList = isPackageList(data.type)
  const counts = isList ? await countList(data, rendering) : undefined
  if (hidden.size === 0 || (!isList && data.type !== 'updateinfo'))
    // Upstream's own bytes, under a name that is their content.
    return { ...data, href: contentHref(data.sha256, data.href.slice(data.href.lastIndexOf('/') + 1)) }
  const chunks = openFile(index, data, context)
  const kept =
    counts === undefined
      ? filterUpdateinfo(chunks, [...hidden.values()])
      : keepPackages(chunks, data.type, counts, rendering)
  return storeFile(data.type, kept, context)
}

/** A list is checked against its primary once, however many generations are made of them. */
async function countList(
  data: RepomdData,
  { index, primary, table, context }: Rendering,
): Promise<ListCounts> {
  const read = async () => {
    const pkgids = new Map<string, number>()
    for (let at = 0; at < table.count; at += 1) {
      const { pkgid } = table.packageOf(at)
      pkgids.set(pkgid, (pkgids.get(pkgid) ?? 0) + 1)
    }
    if (data.type === 'primary') return { value: countsOf(pkgids), sizeBytes: COUNTS_BYTES }
    const value = await checkList(openFile(index, data, context), data.type, pkgids)
    return { value, sizeBytes: COUNTS_BYTES }
  }
  const key = `rpm counts ${primary.sha256} ${data.type} ${data.sha256}`
  return context.remember === undefined ? (await read()).value : context.remember(key, read)
}

/** The count in the header comes first, so it is known before. */
async function* keepPackages(
  chunks: AsyncIterable<Uint8Array>,
  type: string,
  { total, repeated }: ListCounts,
  { table, hidden }: Rendering,
): AsyncGenerator<Buffer> {
  let kept = total
  for (const pkgid of hidden.keys()) kept -= repeated.get(pkgid) ?? 1
  let at = 0
  for await (const { before, bytes } of listedSpans(chunks, type)) {
    const pkgid =
      bytes.length === 0 ? '' : type === 'primary' ? table.packageOf(at).pkgid : pkgidOf(bytes, type)
    const shown = bytes.length === 0 || !hidden.has(pkgid)
    if (at === 0) yield withCount(before, kept)
    else if (shown) yield before
    at += 1
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
