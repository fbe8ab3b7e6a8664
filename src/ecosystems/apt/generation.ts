// An archive's documents on the way out: withheld stanzas cut, Release rebuilt, InRelease and Release.gpg signed from the same text.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, GenerationDocument, RenderedGeneration } from '../ecosystem.ts'
import { clearText, readArmoredKeys, verifyClearSigned, verifyDetached } from '../openpgp.ts'
import { claimOf, isPackages } from './index-document.ts'
import { openText } from './packages-text.ts'
import { invalid, parseRelease, type ReleaseFile } from './release.ts'
import { renderRelease } from './release-text.ts'
import { stanzasOf } from './stanzas.ts'
import { aptOptions, suiteDirectory } from './suites.ts'

/** One index file as the rebuilt Release lists it. */
export interface ListedFile {
  /** Relative to the suite. */
  readonly path: string
  readonly sha256: string
  readonly sizeBytes: number
}

type Withheld = RenderedGeneration['withheld'][number]

const VALID_MS = 7 * 86_400_000
const compress = promisify(gzip)
// Level 1 makes a main archive's Packages 12.5 MB in 0.4 s; level 6 saves an eighth and costs twice as much.
const GZIP_LEVEL = 1

export async function renderArchive(
  index: IndexSet,
  context: GenerationContext,
): Promise<RenderedGeneration> {
  const documents: GenerationDocument[] = []
  const withheld: Withheld[] = []
  const validUntil = new Date(context.now.getTime() + VALID_MS)
  for (const suite of aptOptions(context.settings).suites) {
    const rendered = await renderSuite(suite, index, validUntil, context)
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
    const rendered = isPackages(document)
      ? await renderPackages(document, release, context)
      : passOn(document, release)
    withheld.push(...rendered.withheld)
    files.push(...rendered.files)
    documents.push(asDocument(suite, rendered.served))
  }
  documents.push(
    ...(await signedRelease(suite, renderRelease(release, files, { context, validUntil }), context)),
  )
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

/** Upstream's own bytes, which are in the store already. */
function passOn(document: IndexDocument, release: ReleaseFile): RenderedFile {
  const path = pathOf(document)
  const served = { path, sha256: document.sha256, sizeBytes: document.sizeBytes }
  const plainPath = path.replace(/\.(?:gz|xz|zst|bz2)$/, '')
  const plain = release.files.get(plainPath)
  const files = plain === undefined || plainPath === path ? [served] : [served, { path: plainPath, ...plain }]
  return { served, files, withheld: [] }
}

async function renderPackages(
  document: IndexDocument,
  release: ReleaseFile,
  context: GenerationContext,
): Promise<RenderedFile> {
  const text = await openText(document, context)
  const path = pathOf(document)
  const plainPath = path.replace(/\.(?:gz|xz|zst|bz2)$/, '')
  checkUnpacked(text, plainPath, release)
  const { kept, withheld } = keepShown(text, document.name, context)
  if (withheld.length === 0) return passOn(document, release)
  const packed = await compress(kept, { level: GZIP_LEVEL })
  const stored = await context.put(asBody(packed))
  const served = { path: `${plainPath}.gz`, sha256: stored.sha256, sizeBytes: stored.sizeBytes }
  const plain = {
    path: plainPath,
    sha256: createHash('sha256').update(kept).digest('hex'),
    sizeBytes: kept.byteLength,
  }
  return { served, files: [served, plain], withheld }
}

/** What Release says of the unpacked file must hold as well: clients check it, and a decoder that reads other bytes shows here. */
function checkUnpacked(text: Uint8Array, plainPath: string, release: ReleaseFile): void {
  const listed = release.files.get(plainPath)
  if (listed === undefined) return
  if (createHash('sha256').update(text).digest('hex') !== listed.sha256)
    throw invalid(plainPath, 'unpacks to other bytes than its Release lists')
}

/** Raw stanza text of what may be shown, neighbours copied in one piece. */
function keepShown(
  text: Uint8Array,
  what: string,
  context: GenerationContext,
): { kept: Uint8Array; withheld: Withheld[] } {
  const withheld: Withheld[] = []
  const runs: Uint8Array[] = []
  let runStart = 0
  for (const { start, end, fields } of stanzasOf(text, what)) {
    const claim = claimOf(fields, context)
    const shown = context.show(claim)
    if (shown.show) continue
    withheld.push({ claim, verdict: shown.verdict })
    if (start > runStart) runs.push(text.subarray(runStart, start))
    runStart = Math.min(end + 1, text.byteLength)
  }
  if (withheld.length === 0) return { kept: text, withheld }
  runs.push(text.subarray(runStart))
  return { kept: Buffer.concat(runs), withheld }
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

/** Signs, and reads back with the very public key that clients have before anything may be switched to it. */
async function signedRelease(
  suite: string,
  text: string,
  context: GenerationContext,
): Promise<GenerationDocument[]> {
  const inRelease = await context.sign.clearSign(text)
  const signature = await context.sign.detachedSign(Buffer.from(text))
  const keys = await readArmoredKeys(context.sign.publicKey)
  const back = await verifyClearSigned(inRelease, keys, 'our own InRelease')
  await verifyDetached(Buffer.from(text), Buffer.from(signature), keys, 'our own Release')
  parseRelease(`${back.text.trimEnd()}\n`, 'our own InRelease')
  const directory = suiteDirectory(suite)
  const bodies = { InRelease: inRelease, Release: text, 'Release.gpg': signature }
  return Promise.all(
    Object.entries(bodies).map(async ([name, body]) => ({
      path: `${directory}${name}`,
      contentType: 'text/plain; charset=utf-8',
      ...(await context.put(asBody(Buffer.from(body)))),
    })),
  )
}

async function* asBody(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
