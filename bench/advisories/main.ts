// Advisories: import of half a million records, one match, and which of a hundred thousand artifacts a new advisory touches.
// Usage: node bench/advisories/main.ts FOLDER [RECORDS [BUCKET]]; FOLDER holds osv-*.jsonl.gz (default: the shipped malware records).
// BUCKET keeps the built zips for the next run. Seconds of the clock, and of the processor (all threads) where others may be busy too.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { planFeed } from '../../src/advisories/feed-plan.ts'
import { EMBEDDED_MALWARE, loadMalwareFeed } from '../../src/advisories/malware-feed.ts'
import { matchEntries } from '../../src/advisories/match.ts'
import { createAdvisoryData, NO_FEEDS } from '../../src/gate/advisory-data.ts'
import { updateFeed } from '../../src/gate/feed-run.ts'
import { versionOrders } from '../../src/gate/version-orders.ts'
import type { ArtifactClaim } from '../../src/model/claim.ts'
import { openLedger } from '../../src/storage/all.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import { createUpstreamClient } from '../../src/upstream/client.ts'

const [source = EMBEDDED_MALWARE, wanted = '500000', bucket] = process.argv.slice(2)
const ARTIFACTS = 100_000
const folder = await mkdtemp(join(tmpdir(), 'sallyport-advisories-'))
const ledgerUrl = `sqlite:${join(folder, 'ledger.sqlite')}`

try {
  const { url, ecosystems, close } = await startBucket()
  const ledger = await openLedger(ledgerUrl)
  await measureImport(ledger, url, ecosystems)
  close()
  await measureMatch(ledger)
  await measureTouched(ledger)
  await ledger.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}

function startBucket(): Promise<{ url: string; ecosystems: readonly string[]; close(): void }> {
  const script = join(import.meta.dirname, 'bucket.ts')
  const child = spawn(process.execPath, [script, source, bucket ?? join(folder, 'bucket'), wanted], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      const told = JSON.parse(line) as { url: string; ecosystems: readonly string[] }
      resolve({ ...told, close: () => child.kill() })
    })
  })
}

async function measureImport(ledger: Ledger, url: string, ecosystems: readonly string[]): Promise<void> {
  const upstream = createUpstreamClient({ upstreams: [{ base: url }] })
  const parts = {
    ledger,
    ledgerUrl,
    upstream,
    actor: 'bench',
    directory: join(folder, 'feeds'),
    now: () => new Date(),
  }
  const [feed] = [
    {
      name: 'osv',
      kind: 'osv',
      source: url,
      ecosystems,
      maxAgeMs: 1,
      refreshMs: 1,
      onStale: 'hold',
    } as const,
  ]
  for (const round of ['first import', 'import with nothing new']) {
    let peak = 0
    let longest = 0
    let last = performance.now()
    const ticker = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
      longest = Math.max(longest, performance.now() - last - 20)
      last = performance.now()
    }, 20)
    const clock = startClock()
    let records = 0
    for (const plan of planFeed(feed)) {
      const done = await updateFeed(plan, undefined, parts)
      if (done.outcome !== 'imported') throw new Error(`${plan.name}: ${JSON.stringify(done)}`)
      records += done.result.records + done.result.withdrawn
    }
    clearInterval(ticker)
    const { wall, processor } = clock()
    console.log(
      `${round}: ${records} records in ${(wall / 1000).toFixed(1)} s (processor ${(processor / 1000).toFixed(1)} s), peak RSS ${megabytes(peak)} MB, event loop held at most ${longest.toFixed(0)} ms`,
    )
  }
  await upstream.close()
  console.log(`ledger: ${megabytes((await stat(join(folder, 'ledger.sqlite'))).size)} MB`)
}

async function measureMatch(ledger: Ledger): Promise<void> {
  const feed = await loadMalwareFeed([], { embedded: false })
  const data = createAdvisoryData({ ledger, feed, freshness: () => NO_FEEDS })
  const names = [
    'django',
    'pillow',
    'tensorflow',
    'ansible',
    'requests',
    'jinja2',
    'numpy',
    'flask',
    'urllib3',
    'lodash',
  ]
  const claims = names.map((name) => claimOf(name, 'pypi'))
  for (const claim of claims) await data.entriesOf('pypi', [claim.name])
  const rounds = 2000
  const clock = startClock()
  let hits = 0
  for (let round = 0; round < rounds; round += 1)
    for (const claim of claims) {
      const entries = await data.entriesOf('pypi', [claim.name])
      hits += matchEntries(entries, claim, versionOrders).vulnerabilities.length
    }
  const each = (clock().processor * 1000) / (rounds * claims.length)
  const per = (hits / rounds / claims.length).toFixed(1)
  const cold = startClock()
  for (let at = 0; at < 1000; at += 1) await ledger.advisories.entriesOf('pypi', [`${names[at % 10]}`])
  console.log(
    `match: ${each.toFixed(1)} us warm (${per} advisories hit on average), ${cold().processor.toFixed(0)} us cold, of the processor`,
  )
}

async function measureTouched(ledger: Ledger): Promise<void> {
  const claims = Array.from({ length: ARTIFACTS }, (_, at) =>
    claimOf(`package-${at % 5000}`, 'npm', `1.${at}.0`),
  )
  await ledger.replaceClaims('npm', 'all', claims)
  decideAll()
  for (const count of [1, 100, 1000, 5000]) {
    const touched = Array.from(
      { length: count },
      (_, at) => ({ type: 'npm', name: `package-${at}` }) as const,
    )
    const clock = startClock()
    const found = await ledger.advisories.decidedPlaces(touched)
    const { wall, processor } = clock()
    console.log(
      `touched: ${count} packages name ${found.length} of ${ARTIFACTS} artifacts, found in ${wall.toFixed(0)} ms (processor ${processor.toFixed(0)} ms)`,
    )
  }
}

/** A verdict for every claim, as if each had been examined: through the doors it would take an hour. */
function decideAll(): void {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'))
  database.exec(`
    begin;
    insert into verdicts (repository, path, type, name, version, sha256, outcome, reasons, warnings, policy, examination_key,
      decided_at, actor, newest)
      select repository, path, type, name, version, 'a', 'approved', '[]', '[]', 'bench', '', '2026-01-01', 'bench', 1 from claims;
    update claims set sha256 = 'a', verdict_id =
      (select id from verdicts where verdicts.repository = claims.repository and verdicts.path = claims.path);
    commit;
  `)
  database.close()
}

function claimOf(name: string, type: 'npm' | 'pypi', version = '2.0.0'): ArtifactClaim {
  const path = `${name}/-/${name}-${version}.tgz`
  return { repository: 'npm', type, name, version, path, indexKey: 'all', url: '', digests: {}, facts: {} }
}

/** Milliseconds since the start, by the clock and by all threads of this process. */
function startClock(): () => { readonly wall: number; readonly processor: number } {
  const started = performance.now()
  const used = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(used)
    return { wall: performance.now() - started, processor: (user + system) / 1000 }
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0)
}
