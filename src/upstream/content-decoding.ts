// Undoes Content-Encoding for a caller that asked for it.
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { brokenBody } from './failures.ts'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
}

// Nobody needs more; each layer multiplies what a small body can unpack to.
const MAX_LAYERS = 2

/** The decoded bytes. Throws UPSTREAM_FAILED for an encoding that was not asked for or does not exist, and for broken data. */
export function decodeContent(
  url: URL,
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncIterable<Uint8Array> {
  const layers = (encoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  if (layers.length > MAX_LAYERS) throw brokenBody(url, `is encoded ${layers.length} times`)
  return layers.reverse().reduce((inner, name) => decodeLayer(url, inner, name), body)
}

function decodeLayer(url: URL, body: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array> {
  const create = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined
  if (!create) throw brokenBody(url, 'has an unknown content encoding')
  return pumped(body, create)
}

async function* pumped(body: AsyncIterable<Uint8Array>, create: () => Transform): AsyncGenerator<Uint8Array> {
  const decoder = create()
  const finished = pipeline(body, decoder)
  // The failure also destroys the decoder, and reaches the reader there.
  finished.catch(() => undefined)
  yield* decoder as AsyncIterable<Uint8Array>
  await finished
}
