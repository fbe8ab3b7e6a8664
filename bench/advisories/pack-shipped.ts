// Packs the shipped malware records by name and writes their index: `node bench/advisories/pack-shipped.ts`, after data/advisories changed.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { EMBEDDED_MALWARE } from '../../src/advisories/malware-feed.ts'
import { parseRecord } from '../../src/advisories/osv.ts'
import {
  numberOfName,
  partOf,
  SHIPPED_INDEX,
  SHIPPED_PARTS,
  type ShippedIndex,
} from '../../src/advisories/shipped-malware.ts'
import type { PurlType } from '../../src/model/claim.ts'

const TYPES: Readonly<Record<string, PurlType>> = { npm: 'npm', PyPI: 'pypi' }

pack(EMBEDDED_MALWARE)

/** Every `*.jsonl.gz` of the folder holds records of one kind of package, one package a record; anything else ends it. */
function pack(folder: string): void {
  const files: Partial<Record<PurlType, { name: string; sha256: string; ends: number[] }>> = {}
  const names = new Set<number>()
  const digests: Record<string, [PurlType, string][]> = {}
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.jsonl.gz'))) {
    const parts: string[][] = Array.from({ length: SHIPPED_PARTS }, () => [])
    const types = new Set<PurlType>()
    for (const line of gunzipSync(readFileSync(join(folder, name)))
      .toString('utf8')
      .split('\n')) {
      if (line === '') continue
      const item = parseRecord(line, name)
      if ('broken' in item) throw new Error(`${name}: ${item.broken.why}`)
      const [affected, ...more] = item.record.affected
      const type = affected === undefined ? undefined : TYPES[affected.package.ecosystem]
      if (affected === undefined || type === undefined || more.length > 0)
        throw new Error(`${name}: ${item.record.id} is not about one package of npm or PyPI`)
      types.add(type)
      const number = numberOfName(type, affected.package.name)
      names.add(number)
      parts[partOf(number)]?.push(line)
      const told = item.record.database_specific?.['sha256']
      for (const digest of Array.isArray(told) ? told : []) {
        digests[String(digest)] ??= []
        digests[String(digest)]?.push([type, affected.package.name])
      }
    }
    const [type] = types
    if (type === undefined || types.size > 1) throw new Error(`${name} holds packages of several kinds`)
    const members = parts.map((lines) => gzipSync(lines.map((line) => `${line}\n`).join(''), { level: 9 }))
    let end = 0
    const ends = members.map((member) => (end += member.length))
    const bytes = Buffer.concat(members)
    writeFileSync(join(folder, name), bytes)
    files[type] = { name, sha256: createHash('sha256').update(bytes).digest('hex'), ends }
  }
  const ascending = Buffer.alloc(4 * names.size)
  for (const [at, number] of [...names].sort((a, b) => a - b).entries())
    ascending.writeUInt32BE(number, 4 * at)
  const sorted = Object.fromEntries(Object.entries(digests).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const index: ShippedIndex = { files, names: ascending.toString('base64'), digests: sorted }
  writeFileSync(join(folder, SHIPPED_INDEX), `${JSON.stringify(index)}\n`)
}
