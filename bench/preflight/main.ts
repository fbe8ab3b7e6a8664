// How long a preflight of this project's own lock file takes: cold (download, examine, store), and warm (nothing has changed);
// by the clock, and by the processor in this process (gateway and upstream) and in its examiners.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { configFrom } from '../../src/config/load.ts'
import { createGateway } from '../../src/gateway.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { startNpmUpstream } from '../../tests/support/npm-upstream.ts'
import { cpuSeconds } from '../support/processes.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Larger ones would measure gzip, not the gateway. */
const MAX_PACKAGE_BYTES = 20 * 1024 * 1024

interface Lock {
  readonly packages: Record<string, { name?: string; version?: string; integrity?: string }>
}

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
const upstream = await startNpmUpstream()
const dataDirectory = mkdtempSync(join(tmpdir(), 'sallyport-preflight-'))
let packed = 0
let bytes = 0
for (const [place, one] of Object.entries(lock.packages)) {
  delete one.integrity // the bytes are packed anew, from what is installed here
  if (!place.includes('node_modules/') || one.version === undefined) continue
  const name = one.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const { manifest, files } = installed(join(ROOT, place))
  const tarball = await upstream.publish({ name, version: one.version, manifest, files })
  packed += 1
  bytes += tarball.bytes.byteLength
}

const config = await configFrom(
  { dataDirectory, repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }] },
  { origin: 'bench', directory: dataDirectory },
)
const gateway = await createGateway(config, { log: silentLog(), metrics: createMetrics('0') })
console.log(`${packed} packages, ${(bytes / 1024 / 1024).toFixed(1)} MiB packed`)
for (const round of ['cold', 'warm', 'warm again']) {
  const [before, all] = [process.cpuUsage(), cpuSeconds(process.pid)]
  const report = await gateway.drift.preflight('package-lock.json', JSON.stringify(lock))
  const { approved, refused, unknown, milliseconds } = report
  const { user, system } = process.cpuUsage(before)
  const own = (user + system) / 1e6
  const examiners = Math.max(0, cpuSeconds(process.pid) - all - own)
  console.log(
    `${round}: ${(milliseconds / 1000).toFixed(2)} s (processor ${own.toFixed(1)} s, examiners ${examiners.toFixed(1)} s); ${approved} approved, ${refused} refused, ${unknown} unknown`,
  )
  if (round === 'cold')
    for (const { name, version, outcome, reasons } of report.entries)
      if (outcome !== 'approved') console.log(`  ${outcome} ${name}@${version}: ${reasons[0]?.text}`)
}
await gateway.close()
await upstream.close()
rmSync(dataDirectory, { recursive: true, force: true })

/** What lies in node_modules, without packages within it; nothing when it is not installed on this machine. */
function installed(folder: string): { manifest: Record<string, unknown>; files: Record<string, Uint8Array> } {
  const files: Record<string, Uint8Array> = {}
  let size = 0
  for (const file of filesBelow(folder)) {
    const path = relative(folder, file)
    size += statSync(file).size
    if (size > MAX_PACKAGE_BYTES) break
    files[path] = readFileSync(file)
  }
  const text = files['package.json']
  delete files['package.json']
  const manifest =
    text === undefined ? {} : (JSON.parse(Buffer.from(text).toString()) as Record<string, unknown>)
  return { manifest, files }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path)
      return entry.isFile() ? [path] : []
    })
  } catch {
    return []
  }
}
