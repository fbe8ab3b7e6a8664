// One .xz stream, exactly: its borders are found by own code, its data is unpacked off this thread.
import type { Budget } from './budget.ts'
import { asBuffer, type ByteReader } from './byte-reader.ts'
import { code, liblzmaCoder } from './liblzma.ts'
import { invalidPackage } from './refusal.ts'
import { type XzPart, xzParts } from './xz-parts.ts'

interface Bounds {
  readonly packed: number
  readonly unpacked: number
}

const MIB = 1024 * 1024
/** A stream within these is unpacked in one call: pieces of a stream cost a fifth more. */
const WHOLE: Bounds = { packed: 16 * MIB, unpacked: 40 * MIB }
/** What the decoder of a larger one is given at a time. */
const PIECE: Bounds = { packed: MIB / 4, unpacked: 8 * MIB }

/** `@napi-rs/lzma`: twice as fast as liblzma as `lzma-native` builds it. */
type FastDecoder = typeof import('@napi-rs/lzma').xz

interface Piece {
  readonly bytes: Buffer
  readonly isLast: boolean
}

/**
 * Decodes one stream and leaves the reader at the byte after it. Throws PACKAGE_INVALID, or TOO_LARGE for a huge dictionary.
 * `fast` may be undefined: npm leaves its binary out where the Node that installs is too old for it, or the platform has none.
 */
export async function* unxzStream(
  reader: ByteReader,
  budget: Budget,
  fast: Promise<FastDecoder | undefined> = fastDecoder(),
): AsyncGenerator<Buffer> {
  const decoder = await fast
  const parts = xzParts(reader)
  const first = await nextPiece(parts, decoder === undefined ? PIECE : WHOLE)
  const outputs =
    decoder === undefined
      ? unpackByLiblzma(first, parts)
      : first.isLast
        ? unpackWhole(decoder, first.bytes)
        : unpackStreamed(decoder, first, parts)
  for await (const output of outputs) {
    budget.bytesOut(output.length)
    yield output
  }
}

let loaded: Promise<FastDecoder | undefined> | undefined

function fastDecoder(): Promise<FastDecoder | undefined> {
  loaded ??= import('@napi-rs/lzma').then(
    ({ xz }) => xz,
    () => undefined,
  )
  return loaded
}

async function* unpackByLiblzma(first: Piece, parts: AsyncGenerator<XzPart>): AsyncGenerator<Buffer> {
  const coder = liblzmaCoder('xz')
  let open = true
  try {
    for (let piece = first; ; piece = await nextPiece(parts, PIECE)) {
      const { outputs, ended } = await code(coder, piece.bytes)
      open = !ended
      yield* outputs
      if (ended !== piece.isLast)
        throw invalidPackage('archive-damaged', 'the xz decoder stopped elsewhere than the stream')
      if (ended) return
    }
  } finally {
    if (open) coder.resetUnderlying()
    await parts.return(undefined)
  }
}

async function nextPiece(parts: AsyncGenerator<XzPart>, bounds: Bounds): Promise<Piece> {
  const collected: Buffer[] = []
  let packed = 0
  let unpacked = 0
  while (packed < bounds.packed && unpacked < bounds.unpacked) {
    const { done, value } = await parts.next()
    if (done) return { bytes: Buffer.concat(collected), isLast: true }
    collected.push(value.bytes)
    packed += value.bytes.length
    unpacked += value.unpackedBytes
  }
  return { bytes: Buffer.concat(collected), isLast: false }
}

async function* unpackWhole(xz: FastDecoder, packed: Buffer): AsyncGenerator<Buffer> {
  const unpacked = await xz.decompress(packed).catch((thrown) => {
    throw asRefusal(thrown)
  })
  if (unpacked.length > 0) yield unpacked
}

async function* unpackStreamed(
  xz: FastDecoder,
  first: Piece,
  parts: AsyncGenerator<XzPart>,
): AsyncGenerator<Buffer> {
  const packed = new PackedPieces(first, parts)
  const unpacked = xz.decompressStream(packed.stream).getReader()
  try {
    for (;;) {
      const { done, value } = await unpacked.read().catch((thrown) => {
        throw packed.failure ?? asRefusal(thrown)
      })
      if (done) break
      yield asBuffer(value)
    }
    if (!(await parts.next()).done)
      throw invalidPackage('archive-damaged', 'the xz decoder stopped before the end of the stream')
  } finally {
    await unpacked.cancel().catch(() => undefined) // what it was about has been thrown or read to the end
    await parts.return(undefined)
  }
}

/** Pieces as the decoder asks for them, one at a time: it is never far ahead of what is read. */
class PackedPieces {
  readonly stream: ReadableStream<Uint8Array>
  /** Why there are no more: what the decoder says of it then means nothing. */
  failure: unknown
  #next: Piece | undefined

  constructor(first: Piece, parts: AsyncGenerator<XzPart>) {
    this.#next = first
    this.stream = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(parts, controller) },
      { highWaterMark: 0 },
    )
  }

  async #pull(
    parts: AsyncGenerator<XzPart>,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    try {
      const { bytes, isLast } = this.#next ?? (await nextPiece(parts, PIECE))
      this.#next = undefined
      if (bytes.length > 0) controller.enqueue(bytes)
      if (isLast) controller.close()
    } catch (thrown) {
      this.failure = thrown
      controller.error(thrown)
    }
  }
}

function asRefusal(thrown: unknown): Error {
  const decoder = thrown instanceof Error ? thrown.message : String(thrown)
  return invalidPackage('archive-damaged', 'the xz data is damaged', { decoder }, thrown)
}
