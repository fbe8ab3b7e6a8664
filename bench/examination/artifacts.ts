// Times of whole artifacts in the isolated pool, one at a time, the processor time and the memory that their examiner took.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { tarballType } from '../../src/ecosystems/tarball-type.ts'
import type { PurlType } from '../../src/model/claim.ts'
import { createExaminerPool } from '../../src/scanners/pool.ts'
import type { Download } from '../support/examine-downloads.ts'
import { forgetPeak, peakMebibytes, processorMilliseconds } from '../support/process-cost.ts'
import { digits, formatTable } from '../support/table.ts'

interface Timed {
  readonly name: string
  readonly unpackedBytes: number
  readonly milliseconds: number
  /** Processor time of the examiners; their garbage collector's threads count. */
  readonly processor: number
  readonly mebibytes: number
  readonly layers: ReadonlyMap<string, number>
}

export async function timeArtifacts(downloads: readonly Download[]): Promise<void> {
  const readable = [...new Set(downloads.map(({ location }) => dirname(location)))]
  const pool = await createExaminerPool({ readable, processes: 1, deadlineMs: 600_000 })
  const timed: Timed[] = []
  try {
    for (const download of downloads) {
      const one = await timeOne(download, pool)
      if (one !== undefined) timed.push(one)
    }
  } finally {
    await pool.close()
  }
  print(timed)
}

type Pool = Awaited<ReturnType<typeof createExaminerPool>>

async function timeOne(download: Download, pool: Pool): Promise<Timed | undefined> {
  const { location, fileName, sizeBytes } = download
  const type = await typeOf(download)
  const sha256 = createHash('sha256').update(readFileSync(location)).digest('hex')
  const job = { location, fileName, sizeBytes, digests: { sha256 }, type }
  for (const pid of pool.pids()) forgetPeak(pid)
  const before = sumOf(pool.pids().map(processorMilliseconds))
  const started = performance.now()
  try {
    const { runs, summary } = await pool.examine(job, 'client')
    const layers = new Map<string, number>()
    for (const run of runs) {
      const key = run.scanner === 'package-reader' ? 'reading' : `${run.layer}: ${run.scanner}`
      layers.set(key, (layers.get(key) ?? 0) + run.milliseconds)
    }
    const milliseconds = performance.now() - started
    const processor = sumOf(pool.pids().map(processorMilliseconds)) - before
    const mebibytes = Math.max(...pool.pids().map(peakMebibytes))
    return {
      name: fileName,
      unpackedBytes: summary.unpackedBytes,
      milliseconds,
      processor,
      mebibytes,
      layers,
    }
  } catch (thrown) {
    console.log(`${fileName}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    return undefined
  }
}

async function typeOf({ fileName, location }: Download): Promise<PurlType> {
  const kind = /\.(whl|deb|rpm|apk)$/.exec(fileName)?.[1]
  if (kind === 'whl') return 'pypi'
  return kind === 'deb' || kind === 'rpm' || kind === 'apk' ? kind : ((await tarballType(location)) ?? 'npm')
}

function print(timed: readonly Timed[]): void {
  const bytes = sumOf(timed.map(({ unpackedBytes }) => unpackedBytes))
  const total = sumOf(timed.map(({ milliseconds }) => milliseconds))
  const rowOf = (kind: string, times: readonly number[]) => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return [kind, ...[at(0.5), at(0.95), at(0.99), at(1), bytes / 1e3 / sumOf(times)].map(digits)]
  }
  const peaks = timed.map(({ mebibytes }) => mebibytes)
  console.log(
    `${timed.length} artifacts, ${digits(bytes / 1e6)} MB unpacked, peak ${digits(Math.max(0, ...peaks))} MiB\n\n${formatTable(
      ['time', 'median ms', 'p95 ms', 'p99 ms', 'most ms', 'MB/s'],
      [
        rowOf(
          'wall',
          timed.map(({ milliseconds }) => milliseconds),
        ),
        rowOf(
          'processor',
          timed.map(({ processor }) => processor),
        ),
      ],
    )}`,
  )
  const layers = new Map<string, number>()
  for (const one of timed) for (const [key, ms] of one.layers) layers.set(key, (layers.get(key) ?? 0) + ms)
  const rows = [...layers].sort((a, b) => b[1] - a[1]).filter(([, ms]) => ms > total / 500)
  console.log(
    `\n${formatTable(
      ['where the time goes', '%', 'MB/s of its own'],
      rows.map(([key, ms]) => [key, digits((100 * ms) / total), digits(bytes / 1e3 / ms)]),
    )}\n`,
  )
  const slowest = timed.toSorted((a, b) => b.processor - a.processor).slice(0, 8)
  const largest = timed.toSorted((a, b) => b.mebibytes - a.mebibytes).slice(0, 5)
  for (const one of slowest) console.log(`slowest: ${line(one)}`)
  for (const one of largest) console.log(`most memory: ${line(one)}`)
}

function line({ name, unpackedBytes, milliseconds, processor, mebibytes }: Timed): string {
  const times = `${digits(milliseconds)} ms (processor ${digits(processor)} ms)`
  return `${name}, ${digits(unpackedBytes / 1e6)} MB in ${times}, ${digits(mebibytes)} MiB`
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}
