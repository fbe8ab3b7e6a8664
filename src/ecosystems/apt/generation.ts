// An archive's documents on the way out: withheld stanzas cut, Release rebuilt, InRelease and Release.gpg signed from the same text.
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, GenerationDocument, RenderedGeneration } from '../ecosystem.ts'
import { clearText } from '../openpgp.ts'
import { showWholeSources } from '../same-source.ts'
import { claimOf, originOf, readArchiveClaims } from './claims.ts'
import { isListing, readListing } from './listing.ts'
import { invalid, parseRelease, type ReleaseFile } from './release.ts'
import { asBody, signedRelease } from './release-signature.ts'
import { type ListedFile, renderRelease, VALID_MS } from './release-text.ts'
import { type Cut, packAhead, packWithout } from './segments.ts'
import type { StanzaTable } from './stanza-table.ts'
import { aptOptions, suiteDirectory } from './suites.ts'

type Withheld = RenderedGeneration['withheld'][number]

export async function renderArchive(
  index: IndexSet,
  context: GenerationContext,
): Promise<RenderedGeneration> {
  const documents: GenerationDocument[] = []
  const withheld: Withheld[] = []
  const validUntil = new Date(context.now.getTime() + VALID_MS)
  const show = aptOptions(context.settings).withholdSource
    ? showWholeSources(context.show, await readArchiveClaims(index, context))
    : context.show
  for (const suite of aptOptions(context.settings).suites) {
    const rendered = await renderSuite(suite, index, validUntil, { ...context, show })
    documents.push(...rendered.documents)
    withheld.push(...rendered.withheld)
  }
  return { documents, withheld, validUntil: validUntil.toISOString() }
}

async function renderSuite(suite: string, index: IndexSet, validUntil: Date, context: GenerationContext) {
  const own = index.documents.filter(({ name }) => name.startsWith(`${suite} `))
  const release = parseRelease(await releaseText(own, context), `Release of ${suite}`)
  const files: ListedFile[] = []
  const documents: GenerationDocument[] = []
  const withheld: Withheld[] = []
  for (const document of own.filter((one) => !isRelease(one))) {
    const rendered = isListing(document)
      ? await renderListing(document, index, release, context)
      : passOn(document, release)
    withheld.push(...rendered.withheld)
    files.push(...rendered.files)
    documents.push(asDocument(suite, rendered.served))
  }
  const text = renderRelease(release, files, { context, validUntil })
  documents.push(...(await signedRelease(suiteDirectory(suite), text, context)))
  return { documents, withheld }
}

function isRelease({ name }: IndexDocument): boolean {
  return /(?:^| )(?:InRelease|Release|Release\.gpg)$/.test(name)
}

async function releaseText(own: readonly IndexDocument[], context: GenerationContext): Promise<string> {
  const inRelease = own.find(({ name }) => name.endsWith(' InRelease'))
  const document = inRelease ?? own.find(({ name }) => name.endsWith(' Release'))
  if (document === undefined) throw invalid('an index set', 'has no Release')
  const text = Buffer.from(await context.open(document)).toString('utf8')
  return inRelease === undefined ? text : `${(await clearText(text)).trimEnd()}\n`
}

interface RenderedFile {
  readonly served: ListedFile
  /** What Release lists: the served file, and the unpacked one whose hash clients check after unpacking. */
  readonly files: readonly ListedFile[]
  readonly withheld: readonly Withheld[]
}

/** Relative path of a document within its suite, from its name `<suite> <path>`. */
function pathOf({ name }: IndexDocument): string {
  return name.slice(name.indexOf(' ') + 1)
}

function unpackedPath(path: string): string {
  return path.replace(/\.(?:gz|xz|zst|bz2)$/, '')
}

/**
 * Upstream's own bytes, which are in the store already. `unpacked` is known of what was read; apt takes no file whose plain form is
 * not listed.
 */
function passOn(
  document: IndexDocument,
  release: ReleaseFile,
  unpacked?: Pick<ListedFile, 'sha256' | 'sizeBytes'>,
): RenderedFile {
  const path = pathOf(document)
  const served = { path, sha256: document.sha256, sizeBytes: document.sizeBytes }
  const plain = unpacked ?? release.files.get(unpackedPath(path))
  const files =
    plain === undefined || unpackedPath(path) === path
      ? [served]
      : [served, { path: unpackedPath(path), ...plain }]
  return { served, files, withheld: [] }
}

async function renderListing(
  document: IndexDocument,
  index: IndexSet,
  release: ReleaseFile,
  context: GenerationContext,
): Promise<RenderedFile> {
  const { text, stanzas, segments, sha256 } = await readListing(document, context)
  const plainPath = unpackedPath(pathOf(document))
  // Clients check the unpacked file as well, and a decoder that reads other bytes than theirs shows here.
  const listed = release.files.get(plainPath)
  if (listed !== undefined && (listed.sha256 !== sha256 || listed.sizeBytes !== text.length))
    throw invalid(plainPath, 'unpacks to other bytes than its Release lists')
  const { cuts, withheld } = withheldOf(stanzas, index, context)
  // Behind the answer: a thread that remembers the listing is asked for a cut soon or never.
  if (withheld.length === 0 && context.remember !== undefined) void packAhead(text, segments)
  if (withheld.length === 0) return passOn(document, release, { sha256, sizeBytes: text.length })
  const { gzip, ...unpacked } = packWithout(text, segments, cuts)
  const served = { path: `${plainPath}.gz`, ...(await context.put(asBody(...gzip))) }
  return { served, files: [served, { path: plainPath, ...unpacked }], withheld }
}

/** What may not be shown, and where it stands with the blank line behind it. */
function withheldOf(
  stanzas: StanzaTable,
  index: IndexSet,
  context: GenerationContext,
): { cuts: readonly Cut[]; withheld: readonly Withheld[] } {
  const origin = originOf(index, context)
  const mayHide = asksAll(context) ? undefined : context.mayHide
  const withheld: Withheld[] = []
  const cuts: Cut[] = []
  for (let at = 0; at < stanzas.count; at += 1) {
    if (mayHide !== undefined && !stanzas.pathsOf(at).some(mayHide)) continue
    const hidden = stanzas.filesOf(at).flatMap((file) => {
      const claim = claimOf(file, origin)
      const shown = context.show(claim)
      return shown.show ? [] : [{ claim, verdict: shown.verdict }]
    })
    if (hidden.length === 0) continue
    withheld.push(...hidden)
    cuts.push([stanzas.startOf(at), stanzas.endOf(at) + 1])
  }
  return { cuts, withheld }
}

/** One blocked package may withhold others that nothing happened to. */
function asksAll({ settings }: GenerationContext): boolean {
  return aptOptions(settings).withholdSource
}

function asDocument(suite: string, { path, sha256, sizeBytes }: ListedFile): GenerationDocument {
  const directory = suiteDirectory(suite)
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return {
    path: `${directory}${path}`,
    aliases: [`${directory}${folder}by-hash/SHA256/${sha256}`],
    contentType: 'application/octet-stream',
    sha256,
    sizeBytes,
  }
}
