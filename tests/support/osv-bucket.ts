// A loopback bucket of advisories in OSV's layout: all.zip, modified_id.csv and one document a record, for each ecosystem.
import { type Loopback, startLoopback } from './loopback-upstream.ts'
import { rawZip } from './raw-zip.ts'

export interface BucketRecord {
  readonly id: string
  readonly modified?: string
  readonly [field: string]: unknown
}

export interface OsvBucket extends Loopback {
  /** Records of an ecosystem; those with an id that is there already take its place. */
  put(ecosystem: string, ...records: readonly BucketRecord[]): void
  /** Any other document. */
  putDocument(path: string, body: string | Uint8Array): void
}

export async function startOsvBucket(): Promise<OsvBucket> {
  const ecosystems = new Map<string, Map<string, BucketRecord>>()
  const documents = new Map<string, Buffer>()
  const loopback = await startLoopback((path) => {
    const document = documents.get(path)
    if (document !== undefined) return { body: document, contentType: 'application/octet-stream' }
    const [, ecosystem = '', name = ''] = path.split('/').map(decodeURIComponent)
    const records = ecosystems.get(ecosystem)
    const body = records && bodyOf(records, name)
    return body === undefined ? undefined : { body, contentType: 'application/octet-stream' }
  })
  return Object.assign(loopback, {
    put(ecosystem: string, ...records: readonly BucketRecord[]) {
      const known = ecosystems.get(ecosystem) ?? new Map<string, BucketRecord>()
      ecosystems.set(ecosystem, known)
      for (const record of records) known.set(record.id, record)
    },
    putDocument(path: string, body: string | Uint8Array) {
      documents.set(path, Buffer.from(body))
    },
  })
}

function bodyOf(records: ReadonlyMap<string, BucketRecord>, name: string): Buffer | undefined {
  if (name === 'all.zip') return zipOf([...records.values()])
  if (name === 'modified_id.csv') {
    const lines = [...records.values()].map(
      ({ id, modified = '2020-01-01T00:00:00Z' }) => `${modified},${id}`,
    )
    return Buffer.from(`${lines.sort().reverse().join('\n')}\n`)
  }
  const record = records.get(name.replace(/\.json$/, ''))
  return record && Buffer.from(JSON.stringify(record))
}

export function zipOf(records: readonly BucketRecord[]): Buffer {
  return rawZip(records.map((one) => ({ name: `${one.id}.json`, data: JSON.stringify(one) })))
}

/** A record about one range of an npm package. */
export function npmRecord(
  id: string,
  name: string,
  events: readonly Readonly<Record<string, string>>[],
  change: Readonly<Record<string, unknown>> = {},
): BucketRecord {
  return {
    id,
    modified: '2026-01-01T00:00:00Z',
    summary: `a hole in ${name}`,
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] }],
    ...change,
  }
}
