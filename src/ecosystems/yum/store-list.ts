// A list without its withheld packages into the blob store: runs that lose nothing leave as they were packed before.
import { crc32 } from 'node:zlib'
import { GatewayError } from '../../model/errors.ts'
import type { GenerationContext } from '../ecosystem.ts'
import { joinedChecksum } from '../joined-checksum.ts'
import { GZIP_HEADER, gzipEnd, packRun, unpackRun } from '../packed-runs.ts'
import { labelled, pieceOf, readLabelled } from './list-pieces.ts'
import { type PackedList, type PackedRun, runPart } from './packed-list.ts'
import type { RepomdData } from './repomd.ts'
import { contentHref } from './store-file.ts'

interface PackedBytes {
  readonly packed: Buffer
  /** Unpacked. */
  readonly sizeBytes: number
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number
}

const CLOSE = '</package>'

/**
 * `isHidden` is asked with the first row of primary that has a package's pkgid. The result has no `openSha256`: it would need every
 * byte unpacked again at every flip, and the format leaves it free.
 */
export async function storeList(
  type: string,
  list: PackedList,
  isHidden: (row: number) => boolean,
  context: Pick<GenerationContext, 'put'>,
): Promise<RepomdData> {
  let checksum = 0
  let openSizeBytes = 0
  async function* member(): AsyncGenerator<Buffer> {
    yield GZIP_HEADER
    for (const part of partsWithout(list, isHidden)) {
      checksum = joinedChecksum(checksum, part.checksum, part.sizeBytes)
      openSizeBytes += part.sizeBytes
      yield part.packed
    }
    yield gzipEnd(checksum, openSizeBytes)
  }
  const { sha256, sizeBytes } = await context.put(member())
  return { type, href: contentHref(sha256, `${type}.xml.gz`), sha256, sizeBytes, openSizeBytes }
}

/** One at a time: a list may be larger than the memory that is there for it. */
function* partsWithout(list: PackedList, isHidden: (row: number) => boolean): Generator<PackedBytes> {
  const cuts = cutsOf(list, isHidden)
  const kept = list.rows.length - cuts.reduce((sum, { length }) => sum + length, 0)
  yield packedBytes(withCount(list.head, kept))
  for (const [at, run] of list.runs.entries()) {
    const cut = cuts[at] ?? []
    yield cut.length === 0 ? { ...run, packed: pieceOf(list, runPart(at)) } : runWithout(list, at, run, cut)
  }
  yield packedBytes(list.tail)
}

/** Places of hidden packages within each run. */
function cutsOf({ runs, rows }: PackedList, isHidden: (row: number) => boolean): number[][] {
  let from = 0
  return runs.map(({ count }) => {
    const places: number[] = []
    for (let place = 0; place < count; place += 1) if (isHidden(rows[from + place] ?? 0)) places.push(place)
    from += count
    return places
  })
}

type CutLabel = Omit<PackedBytes, 'packed'> & { readonly places: string }

/** As it was cut last, which is kept beside the run, when it lost the same; or cut now. */
function runWithout(list: PackedList, at: number, run: PackedRun, cut: readonly number[]): PackedBytes {
  const { key, pieces } = list
  const places = cut.join(' ')
  const keptKey = `${key} cut ${at}`
  const kept = pieces.read(keptKey)
  if (kept !== undefined) {
    const { label, bytes } = readLabelled<CutLabel>(kept)
    if (label.places === places) return { ...label, packed: bytes }
  }
  const made = packedBytes(keptOf(run, pieceOf(list, runPart(at)), new Set(cut)))
  const { packed, ...numbers } = made
  pieces.write(keptKey, labelled({ ...numbers, places } satisfies CutLabel, packed))
  return made
}

/** Every package ends with its end tag, and what stands before it goes with it. */
function keptOf(run: PackedRun, packed: Buffer, cut: ReadonlySet<number>): Buffer {
  const bytes = unpackRun(packed)
  const kept: Buffer[] = []
  let start = 0
  for (let place = 0; place < run.count; place += 1) {
    const end = bytes.indexOf(CLOSE, start) + CLOSE.length
    if (end < CLOSE.length) throw unlike(run)
    if (!cut.has(place)) kept.push(bytes.subarray(start, end))
    start = end
  }
  if (start !== run.sizeBytes || bytes.length !== run.sizeBytes) throw unlike(run)
  return Buffer.concat(kept)
}

function unlike({ count, sizeBytes }: PackedRun): GatewayError {
  return new GatewayError('INTERNAL', 'a packed run does not unpack to what it was made of', {
    count,
    sizeBytes,
  })
}

function packedBytes(bytes: Buffer): PackedBytes {
  return { packed: packRun(bytes), sizeBytes: bytes.length, checksum: crc32(bytes) }
}

function withCount(head: Buffer, count: number): Buffer {
  return Buffer.from(head.toString('latin1').replace(/(\spackages=")\d+(")/, `$1${count}$2`), 'latin1')
}
