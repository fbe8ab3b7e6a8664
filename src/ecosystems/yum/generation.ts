// A YUM repository on the way out: withheld packages cut from primary, filelists and other by raw span, repomd rebuilt and signed.
import type { IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, GenerationDocument, RenderedGeneration } from '../ecosystem.ts'
import { showWholeSources, sourceFacts } from '../same-source.ts'
import { documentOf, openFile, openRepomd } from './index-files.ts'
import { invalid } from './invalid.ts'
import { listKey, withSoundPieces } from './list-pieces.ts'
import { isPackageList, listParts } from './package-list.ts'
import { claimsOf, type PackageTable, readPackageTable } from './package-table.ts'
import { type PackedList, packListBeside } from './packed-list.ts'
import { type PrimaryPackage, type RpmOrigin, rpmClaim, rpmOrigin } from './primary.ts'
import type { RepomdData } from './repomd.ts'
import { signedRepomd } from './signed-repomd.ts'
import { contentHref, storeFile } from './store-file.ts'
import { storeList } from './store-list.ts'
import { filterUpdateinfo } from './updateinfo.ts'

type Withheld = RenderedGeneration['withheld'][number]

export function renderRepository(index: IndexSet, context: GenerationContext): Promise<RenderedGeneration> {
  return withSoundPieces(() => render(index, context))
}

async function render(index: IndexSet, context: GenerationContext): Promise<RenderedGeneration> {
  const repomd = await openRepomd(index, context)
  const present = repomd.data.filter(({ type }) => documentOf(index, type) !== undefined)
  const primary = present.find(({ type }) => type === 'primary')
  if (primary === undefined) throw invalid('repomd.xml', 'has no primary')
  const table = await readPackageTable(index, primary, context)
  const screened = screenPackages(table, await rpmOrigin(index, context), context)
  const rendering: Rendering = { index, primary, table, ...screened, context }
  const data: RepomdData[] = []
  for (const one of present) data.push(await renderFile(one, rendering))
  const documents = data.map(documentOfData)
  return { documents: [...documents, ...(await signedRepomd(data, context))], withheld: screened.withheld }
}

interface Rendering {
  readonly index: IndexSet
  readonly primary: RepomdData
  readonly table: PackageTable
  readonly hidden: readonly PrimaryPackage[]
  /** First rows of withheld pkgids. */
  readonly hiddenRows: ReadonlySet<number>
  readonly context: GenerationContext
}

/** Asks of every package of primary whether it may be shown. */
function screenPackages(table: PackageTable, origin: RpmOrigin, context: GenerationContext) {
  const withheld: Withheld[] = []
  const hidden: PrimaryPackage[] = []
  const hiddenRows = new Set<number>()
  const wholeSources = sourceFacts(context.settings.options).withholdSource === true
  const show = wholeSources ? showWholeSources(context.show, claimsOf(table, origin)) : context.show
  // One blocked package may withhold others that nothing happened to.
  const mayHide = wholeSources ? undefined : context.mayHide
  for (const row of table.rows()) {
    if (mayHide?.(row.path) === false) continue
    const one = row.read()
    const claim = rpmClaim(one, origin)
    const shown = show(claim)
    if (shown.show) continue
    withheld.push({ claim, verdict: shown.verdict })
    hidden.push(one)
    hiddenRows.add(table.firstRowOf(row.at))
  }
  return { withheld, hidden, hiddenRows }
}

async function renderFile(data: RepomdData, rendering: Rendering): Promise<RepomdData> {
  const { index, hidden, hiddenRows, context } = rendering
  const list = isPackageList(data.type) ? await listOf(data, rendering) : undefined
  if (hidden.length === 0 || (list === undefined && data.type !== 'updateinfo'))
    // Upstream's own bytes, under a name that is their content.
    return { ...data, href: contentHref(data.sha256, data.href.slice(data.href.lastIndexOf('/') + 1)) }
  if (list !== undefined) return storeList(data.type, list, (row) => hiddenRows.has(row), context)
  return storeFile(data.type, filterUpdateinfo(openFile(index, data, context), hidden), context)
}

/** A list is read and checked against its primary once, however many generations are made of them. */
async function listOf(data: RepomdData, { index, primary, table, context }: Rendering): Promise<PackedList> {
  if (data.type === 'primary') return table.list
  const key = listKey(context, primary.sha256, data.type, data.sha256)
  const parts = () => listParts(openFile(index, data, context), data.type)
  return packListBeside(parts, data.type, table, { key, pieces: table.list.pieces })
}

/** Checksum-prefixed paths are their content: they are answered from every kept generation. */
function documentOfData({ href, sha256, sizeBytes }: RepomdData): GenerationDocument {
  return { path: href, contentType: 'application/octet-stream', sha256, sizeBytes }
}
