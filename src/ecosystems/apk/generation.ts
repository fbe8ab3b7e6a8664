// An apk index on the way out: withheld stanzas dropped, the rest byte for byte, signed by our keys under the names clients keep them.
import { createPublicKey, verify } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import type { IndexSet } from '../../model/index-set.ts'
import type { GenerationContext, RenderedGeneration } from '../ecosystem.ts'
import { type Show, showWholeSources, sourceFacts } from '../same-source.ts'
import { type ApkListing, readApkListing } from './index-document.ts'
import { invalid, parseApkIndex } from './index-file.ts'
import { INDEX_NAME } from './requests.ts'

const END_BLOCKS_BYTES = 1024
// Of Alpine's main, level 3 makes 703 kB in 27 ms, level 6 651 kB in 62 ms.
const LEVEL = 3

export async function renderApkIndex(
  index: IndexSet,
  context: GenerationContext,
): Promise<RenderedGeneration> {
  const listing = await readApkListing(index, context)
  const { kept, withheld } = keepShown(listing, showOf(listing, context))
  const ours = `${listing.description.trim()} (sallyport ${context.generation})\n`
  const signed = gzipSync(
    await tarOf(
      [
        ['DESCRIPTION', Buffer.from(ours)],
        ['APKINDEX', kept],
      ],
      context.now,
    ),
    { level: LEVEL },
  )
  const bytes = Buffer.concat([await signatureMember(signed, context), signed])
  await readBack(bytes, kept, context)
  const stored = await context.put(asBody(bytes))
  return { documents: [{ path: INDEX_NAME, contentType: 'application/gzip', ...stored }], withheld }
}

function showOf({ packages }: ApkListing, context: GenerationContext): Show {
  if (sourceFacts(context.settings.options).withholdSource !== true) return context.show
  return showWholeSources(
    context.show,
    packages.map(({ claim }) => claim),
  )
}

function keepShown({ text, packages }: ApkListing, show: Show) {
  const withheld: RenderedGeneration['withheld'][number][] = []
  const runs: Uint8Array[] = []
  let runStart = 0
  for (const { start, end, claim } of packages) {
    const shown = show(claim)
    if (shown.show) continue
    withheld.push({ claim, verdict: shown.verdict })
    runs.push(text.subarray(runStart, start))
    runStart = Math.min(end + 1, text.byteLength)
  }
  runs.push(text.subarray(runStart))
  return { kept: Buffer.concat(runs), withheld }
}

const DIGESTS = { RSA256: 'sha256', RSA: 'sha1' } as const
type Algorithm = keyof typeof DIGESTS

/**
 * RSA-SHA256 first: apk takes the first that it trusts. RSA-SHA1 beside it for apk before 2.12. go-apk, and apko as long as it was
 * built on it, read one entry and know RSA-SHA1 only: for them `options.signatures` is `[RSA]`.
 */
function algorithmsOf({ settings }: Pick<GenerationContext, 'settings'>): readonly Algorithm[] {
  const wanted = settings.options['signatures']
  const all = Object.keys(DIGESTS) as Algorithm[]
  return Array.isArray(wanted) ? all.filter((algorithm) => wanted.includes(algorithm)) : all
}

async function signatureMember(signed: Uint8Array, context: GenerationContext): Promise<Uint8Array> {
  const files: [string, Uint8Array][] = []
  for (const algorithm of algorithmsOf(context))
    for (const { keyName, signature } of context.sign.rsaSign(signed, DIGESTS[algorithm]))
      files.push([`.SIGN.${algorithm}.${keyName}`, signature])
  const tar = await tarOf(files, context.now)
  // No end blocks: to clients the members are one tar.
  return gzipSync(tar.subarray(0, tar.byteLength - END_BLOCKS_BYTES), { level: LEVEL })
}

async function tarOf(files: readonly (readonly [string, Uint8Array])[], now: Date): Promise<Buffer> {
  const archive = pack()
  const chunks: Buffer[] = []
  const collected = (async () => {
    for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk))
  })()
  for (const [name, body] of files)
    archive.entry(
      { name, mode: 0o644, mtime: now, uid: 0, gid: 0, uname: 'root', gname: 'root' },
      Buffer.from(body),
    )
  archive.finalize()
  await collected
  return Buffer.concat(chunks)
}

/** What does not read back, or does not verify with the keys that clients have, is never switched to. */
async function readBack(bytes: Uint8Array, kept: Uint8Array, context: GenerationContext): Promise<void> {
  const file = await parseApkIndex(bytes, 'our own index')
  if (!Buffer.from(kept).equals(file.text)) throw invalid('our own index', 'reads back as other text')
  for (const { name, pem } of context.sign.rsaPublicKeys)
    for (const algorithm of algorithmsOf(context)) {
      const made = file.signatures.find((one) => one.keyName === name && one.algorithm === algorithm)
      const digest = `RSA-${DIGESTS[algorithm].toUpperCase()}`
      if (made === undefined || !verify(digest, file.signed, createPublicKey(pem), made.signature))
        throw invalid('our own index', `has no good ${algorithm} signature by ${name}`)
    }
}

async function* asBody(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
