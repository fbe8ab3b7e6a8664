// A YUM repository on the way out: withheld packages cut from primary, filelists and other by raw span, repomd rebuilt and signed.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, GenerationDocument, RenderedGeneration } from '../ecosystem.ts'
import { readArmoredKeys, verifyDetached } from '../openpgp.ts'
import { documentOf, openFile, openRepomd } from './index-document.ts'
import { invalid } from './invalid.ts'
import { attributesOf, packageSpans } from './package-spans.ts'
import { type PrimaryPackage, parsePrimaryPackage, rpmClaim } from './primary.ts'
import { parseRepomd, type RepomdData, renderRepomd } from './repomd.ts'
import { filterUpdateinfo } from './updateinfo.ts'

const GZIP_LEVEL = 2
const BY_PACKAGE = new Set(['primary', 'filelists', 'other'])

type Withheld = RenderedGeneration['withheld'][number]

export async function renderRepository(
  index: IndexSet,
  context: GenerationContext,
): Promise<RenderedGeneration> {
  const repomd = await openRepomd(index, context)
  const present = repomd.data.filter(({ type }) => documentOf(index, type) !== undefined)
  const { withheld, packages } = await screenPrimary(index, present, context)
  const data: RepomdData[] = []
  for (const one of present) data.push(await renderFile(index, one, packages, context))
  const documents = data.map(documentOfData)
  return { documents: [...documents, ...(await signedRepomd(data, context))], withheld }
}

/** Asks of every package of primary whether it may be shown. */
async function screenPrimary(index: IndexSet, data: readonly RepomdData[], context: GenerationContext) {
  const primary = data.find(({ type }) => type === 'primary')
  if (primary === undefined) throw invalid('repomd.xml', 'has no primary')
  const withheld: Withheld[] = []
  const packages = new Map<string, PrimaryPackage>()
  for await (const { bytes } of packageSpans(openFile(index, primary, context), 'primary')) {
    if (bytes.length === 0) continue
    const one = parsePrimaryPackage(bytes, 'primary')
    const claim = rpmClaim(one, context)
    const shown = context.show(claim)
    if (shown.show) continue
    withheld.push({ claim, verdict: shown.verdict })
    packages.set(one.pkgid, one)
  }
  return { withheld, packages }
}

async function renderFile(
  index: IndexSet,
  data: RepomdData,
  withheld: ReadonlyMap<string, PrimaryPackage>,
  context: GenerationContext,
): Promise<RepomdData> {
  const document = documentOf(index, data.type)
  if (document === undefined) throw invalid('an index set', `has no ${data.type}`)
  if (withheld.size === 0 || (!BY_PACKAGE.has(data.type) && data.type !== 'updateinfo'))
    // Upstream's own bytes, under a name that is their content.
    return { ...data, href: hrefOf(data.sha256, data.href.slice(data.href.lastIndexOf('/') + 1)) }
  const open = () => openFile(index, data, context)
  const kept =
    data.type === 'updateinfo'
      ? filterUpdateinfo(open(), [...withheld.values()])
      : keepPackages(open, data.type, withheld)
  return store(data.type, kept, context)
}

/** Two passes: the header's count must be right, and it comes first. */
async function* keepPackages(
  open: () => AsyncIterable<Uint8Array>,
  type: string,
  withheld: ReadonlyMap<string, unknown>,
): AsyncGenerator<Buffer> {
  let count = 0
  for await (const { bytes } of packageSpans(open(), type))
    if (bytes.length > 0 && !withheld.has(pkgidOf(bytes, type))) count += 1
  let first = true
  for await (const { before, bytes } of packageSpans(open(), type)) {
    const shown = bytes.length === 0 || !withheld.has(pkgidOf(bytes, type))
    if (first) yield Buffer.from(before.toString('utf8').replace(/(\spackages=")\d+(")/, `$1${count}$2`))
    else if (shown) yield before
    first = false
    if (shown) yield bytes
  }
}

function pkgidOf(bytes: Buffer, type: string): string {
  if (type === 'primary') return parsePrimaryPackage(bytes, type).pkgid
  const head = bytes.toString('utf8', 0, Math.min(bytes.length, bytes.indexOf('>') + 1))
  return (attributesOf(head, 'package', type)?.['pkgid'] ?? '').toLowerCase()
}

async function store(
  type: string,
  content: AsyncIterable<Uint8Array>,
  context: GenerationContext,
): Promise<RepomdData> {
  const hash = createHash('sha256')
  let openSizeBytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      hash.update(chunk)
      openSizeBytes += chunk.byteLength
      yield chunk
    }
  }
  const { sha256, sizeBytes } = await context.put(
    Readable.from(counted()).pipe(createGzip({ level: GZIP_LEVEL })),
  )
  return {
    type,
    href: hrefOf(sha256, `${type}.xml.gz`),
    sha256,
    sizeBytes,
    openSha256: hash.digest('hex'),
    openSizeBytes,
  }
}

function hrefOf(sha256: string, name: string): string {
  return `repodata/${sha256}-${name.replace(/^[0-9a-f]{32,128}-/, '')}`
}

/** Checksum-prefixed paths are their content: they are answered from every kept generation. */
function documentOfData({ href, sha256, sizeBytes }: RepomdData): GenerationDocument {
  return { path: href, contentType: 'application/octet-stream', sha256, sizeBytes }
}

async function signedRepomd(
  data: readonly RepomdData[],
  context: GenerationContext,
): Promise<GenerationDocument[]> {
  const text = renderRepomd(data, Math.floor(context.now.getTime() / 1000) + context.generation, context.now)
  const signature = await context.sign.detachedSign(Buffer.from(text))
  await verifyDetached(
    Buffer.from(text),
    Buffer.from(signature),
    await readArmoredKeys(context.sign.publicKey),
    'our own repomd.xml',
  )
  parseRepomd(text, 'our own repomd.xml')
  const bodies = {
    '': ['text/xml', text],
    '.asc': ['text/plain', signature],
    '.key': ['text/plain', context.sign.publicKey],
  } as const
  return Promise.all(
    Object.entries(bodies).map(async ([suffix, [contentType, body]]) => ({
      path: `repodata/repomd.xml${suffix}`,
      contentType,
      ...(await context.put(asBody(Buffer.from(body)))),
    })),
  )
}

async function* asBody(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
