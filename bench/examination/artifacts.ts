// Times of whole artifacts in the isolated pool, one at a time, and the memory that their examiner took.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { tarballType } from '../../src/ecosystems/tarball-type.ts'
import type { PurlType } from '../../src/model/claim.ts'
import { createExaminerPool } from '../../src/scanners/pool.ts'
import type { Download } from '../support/examine-downloads.ts'
import { digits, formatTable } from '../support/table.ts'

interface Timed {
  readonly name: string
  readonly unpackedBytes: number
  readonly milliseconds: number
  readonly layers: ReadonlyMap<string, number>
}

export async function timeArtifacts(downloads: readonly Download[]): Promise<void> {
  const readable = [...new Set(downloads.map(({ location }) => dirname(location)))]
  const pool = await createExaminerPool({ readable, processes: 1, deadlineMs: 600_000 })
  const timed: Timed[] = []
  let peak = 0
  try {
    for (const download of downloads) {
      const one = await timeOne(download, pool)
      if (one !== undefined) timed.push(one)
      peak = Math.max(peak, ...pool.pids().map(peakMebibytes))
    }
  } finally {
    await pool.close()
  }
  print(timed, peak)
}

type Pool = Awaited<ReturnType<typeof createExaminerPool>>

async function timeOne(download: Download, pool: Pool): Promise<Timed | undefined> {
  const { location, fileName, sizeBytes } = download
  const type = await typeOf(download)
  const sha256 = createHash('sha256').update(readFileSync(location)).digest('hex')
  const job = { location, fileName, sizeBytes, digests: { sha256 }, type }
  const started = performance.now()
  try {
    const { runs, summary } = await pool.examine(job, 'client')
    const layers = new Map<string, number>()
    for (const run of runs) {
      const key = run.scanner === 'package-reader' ? 'reading' : `${run.layer}: ${run.scanner}`
      layers.set(key, (layers.get(key) ?? 0) + run.milliseconds)
    }
    const milliseconds = performance.now() - started
    return { name: fileName, unpackedBytes: summary.unpackedBytes, milliseconds, layers }
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

function print(timed: readonly Timed[], peak: number): void {
  const times = timed.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  const bytes = timed.reduce((sum, one) => sum + one.unpackedBytes, 0)
  const total = times.reduce((sum, time) => sum + time, 0)
  const slowest = timed.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 5)
  console.log(
    formatTable(
      ['artifacts', 'unpacked MB', 'median ms', 'p99 ms', 'MB/s', 'peak MiB'],
      [[timed.length, bytes / 1e6, at(0.5), at(0.99), bytes / 1e3 / total, peak].map(digits)],
    ),
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
  for (const { name, unpackedBytes, milliseconds } of slowest)
    console.log(`slowest: ${name}, ${digits(unpackedBytes / 1e6)} MB in ${digits(milliseconds)} ms`)
}

/** Most memory that a process has had (VmHWM); 0 where /proc does not tell. */
function peakMebibytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
