// A list without its withheld packages into the blob store: runs that lose nothing leave as they were packed before.
import { crc32 } from 'node:zlib'
import { GatewayError } from '../../model/errors.ts'
import type { GenerationContext } from '../ecosystem.ts'
import { joinedChecksum } from '../joined-checksum.ts'
import { GZIP_HEADER, gzipEnd, packRun, unpackRun } from '../packed-runs.ts'
import type { PackedBytes, PackedList, PackedRun } from './packed-list.ts'
import type { RepomdData } from './repomd.ts'
import { contentHref } from './store-file.ts'

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
  const cuts = cutsOf(list, isHidden)
  const kept = list.rows.length - cuts.reduce((sum, { length }) => sum + length, 0)
  const parts = [
    packedBytes(withCount(list.head, kept)),
    ...list.runs.map((run, at) => runWithout(run, cuts[at] ?? [])),
    packedBytes(list.tail),
  ]
  let checksum = 0
  let openSizeBytes = 0
  for (const part of parts) {
    checksum = joinedChecksum(checksum, part.checksum, part.sizeBytes)
    openSizeBytes += part.sizeBytes
  }
  async function* member(): AsyncGenerator<Buffer> {
    yield GZIP_HEADER
    for (const { packed } of parts) yield packed
    yield gzipEnd(checksum, openSizeBytes)
  }
  const { sha256, sizeBytes } = await context.put(member())
  return { type, href: contentHref(sha256, `${type}.xml.gz`), sha256, sizeBytes, openSizeBytes }
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

function runWithout(run: PackedRun, cut: readonly number[]): PackedBytes {
  if (cut.length === 0) return run
  const places = cut.join(' ')
  if (run.cut?.places !== places) run.cut = { places, ...packedBytes(keptOf(run, new Set(cut))) }
  return run.cut
}

/** Every package ends with its end tag, and what stands before it goes with it. */
function keptOf(run: PackedRun, cut: ReadonlySet<number>): Buffer {
  const bytes = unpackRun(run.packed)
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
