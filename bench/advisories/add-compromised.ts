// Adds a list of compromised versions to the shipped malware records: `node bench/advisories/add-compromised.ts LIST SOURCE MODIFIED`, then pack-shipped.ts.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { EMBEDDED_MALWARE } from '../../src/advisories/malware-feed.ts'
import { type OsvRecord, parseRecord } from '../../src/advisories/osv.ts'
import { advisoryName } from '../../src/model/advisory.ts'

const KINDS = { npm: 'npm', pypi: 'PyPI' } as const
type Kind = keyof typeof KINDS
const LINE = /^(?:(?<kind>[a-z]+):)?(?<name>@?[^:@\s]+):(?<version>[^:\s]+)$/

const [list, source, modified] = process.argv.slice(2)
if (list === undefined || source === undefined || modified === undefined)
  throw new Error('needs: a list (gz or text) of [kind:]name:version, the name of its source, its date')
const text = readFileSync(list)
addTo((list.endsWith('.gz') ? gunzipSync(text) : text).toString('utf8'))

/** Kinds that are not served (go, composer) are left out; a line that is none ends it, by its text. */
function addTo(lines: string): void {
  const versions: Record<Kind, Map<string, string[]>> = { npm: new Map(), pypi: new Map() }
  for (const line of lines.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const found = LINE.exec(line)?.groups
    const [kind, name, version] = [found?.['kind'] ?? 'npm', found?.['name'], found?.['version']]
    if (name === undefined || version === undefined) throw new Error(`no name and version: ${line}`)
    if (kind !== 'npm' && kind !== 'pypi') continue
    const of = versions[kind]
    of.set(name, [...(of.get(name) ?? []), version])
  }
  for (const kind of ['npm', 'pypi'] as const) append(kind, versions[kind])
}

function append(kind: Kind, versions: ReadonlyMap<string, readonly string[]>): void {
  const file = join(EMBEDDED_MALWARE, `osv-malware-${kind}.jsonl.gz`)
  const known = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean)
  const kept = known.filter((line) => !line.includes(`"source":${JSON.stringify(source)}`))
  const told = toldVersions(kind, kept)
  const added = [...versions].flatMap(([name, all]) => {
    const fresh = [...new Set(all)].filter(
      (version) => told.get(advisoryName(kind, name))?.(version) !== true,
    )
    return fresh.length === 0 ? [] : [JSON.stringify(recordOf(kind, name, fresh))]
  })
  writeFileSync(file, gzipSync(`${[...kept, ...added].join('\n')}\n`))
  process.stdout.write(`${file}: ${added.length} records added\n`)
}

/** What the other records already say, for each name: whole packages and exact versions. */
function toldVersions(kind: Kind, lines: readonly string[]): Map<string, (version: string) => boolean> {
  const told = new Map<string, (version: string) => boolean>()
  for (const line of lines) {
    const item = parseRecord(line, kind)
    if ('broken' in item || item.record.withdrawn !== undefined) continue
    for (const { package: one, versions = [], ranges = [] } of item.record.affected) {
      const name = advisoryName(kind, one.name)
      const before = told.get(name)
      const isWhole = ranges.some(({ events }) => events.length === 1 && events[0]?.introduced === '0')
      told.set(name, (version) => isWhole || versions.includes(version) || before?.(version) === true)
    }
  }
  return told
}

function recordOf(kind: Kind, name: string, versions: readonly string[]): OsvRecord {
  const number = createHash('sha256').update(`${kind} ${name}`).digest('hex').slice(0, 12)
  return {
    id: `COMPROMISED-${number}`,
    modified: String(modified),
    summary: `Compromised versions of ${name} (${KINDS[kind]})`,
    affected: [{ package: { ecosystem: KINDS[kind], name }, versions }],
    database_specific: { source: String(source) },
  }
}
