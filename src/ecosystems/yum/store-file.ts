// One rewritten metadata file into the blob store, with the checksums that repomd lists.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { GenerationContext } from '../ecosystem.ts'
import type { RepomdData } from './repomd.ts'

const GZIP_LEVEL = 2
const BLOCK_BYTES = 256 * 1024

/** Packs with gzip, which every client reads. */
export async function storeFile(
  type: string,
  content: AsyncIterable<Uint8Array>,
  context: Pick<GenerationContext, 'put'>,
): Promise<RepomdData> {
  const hash = createHash('sha256')
  let openSizeBytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const block of inBlocks(content)) {
      hash.update(block)
      openSizeBytes += block.byteLength
      yield block
    }
  }
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: BLOCK_BYTES })
  // pipeline, not pipe: an error of the content must end the packed stream, and so the blob, with it.
  const [{ sha256, sizeBytes }] = await Promise.all([
    context.put(gzip),
    pipeline(Readable.from(counted(), { objectMode: true, highWaterMark: 4 }), gzip),
  ])
  return {
    type,
    href: contentHref(sha256, `${type}.xml.gz`),
    sha256,
    sizeBytes,
    openSha256: hash.digest('hex'),
    openSizeBytes,
  }
}

/** Small pieces joined: a gzip stream that is fed single packages is slow. */
async function* inBlocks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    waiting.push(piece)
    bytes += piece.byteLength
    if (bytes < BLOCK_BYTES) continue
    yield Buffer.concat(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}

/** `repodata/<sha256>-<name>`: a path that is its content. */
export function contentHref(sha256: string, name: string): string {
  return `repodata/${sha256}-${name.replace(/^[0-9a-f]{32,128}-/, '')}`
}
