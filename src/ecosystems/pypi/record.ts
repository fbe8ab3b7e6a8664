// The RECORD of a wheel held against its files, both ways (binary distribution format specification; PEP 376).
import { createHash } from 'node:crypto'
import type { HazardLog } from '../../archive/hazards.ts'
import type { PackageEntry } from '../../model/package-contents.ts'

interface RecordRow {
  readonly path: string
  readonly digest: string
  readonly size: string
}

// Signatures of RECORD cannot be in it.
const OUTSIDE = ['RECORD', 'RECORD.jws', 'RECORD.p7s']
const STRONG = ['sha256', 'sha384', 'sha512']

/** `folder` is the `.dist-info` folder. Reports every file that RECORD does not vouch for and every row without its file. */
export function compareRecord(
  text: string,
  folder: string,
  entries: readonly PackageEntry[],
  hazards: HazardLog,
): void {
  const rows = new Map<string, RecordRow>()
  for (const row of parseRecord(text)) {
    const former = rows.get(row.path)
    if (former !== undefined && (former.digest !== row.digest || former.size !== row.size)) {
      report('wheel-record-contradicts', 'RECORD gives a file two different digests', row.path, hazards)
    }
    rows.set(row.path, row)
  }
  const exempt = new Set(OUTSIDE.map((name) => `${folder}/${name}`))
  const files = entries.filter(({ type }) => type !== 'directory')
  for (const entry of files) {
    const row = rows.get(entry.archivePath)
    if (row !== undefined) compareRow(row, entry, exempt, hazards)
    else if (!exempt.has(entry.archivePath)) {
      report('wheel-not-in-record', 'a file that RECORD does not list', entry.archivePath, hazards)
    }
  }
  reportMissing(rows, files, exempt, hazards)
}

function reportMissing(
  rows: ReadonlyMap<string, RecordRow>,
  files: readonly PackageEntry[],
  exempt: ReadonlySet<string>,
  hazards: HazardLog,
): void {
  const there = new Set(files.map(({ archivePath }) => archivePath))
  for (const path of rows.keys()) {
    if (there.has(path) || exempt.has(path) || path.endsWith('/')) continue
    report('wheel-record-phantom', 'RECORD lists a file that the wheel does not have', path, hazards)
  }
}

function compareRow(
  row: RecordRow,
  entry: PackageEntry,
  exempt: ReadonlySet<string>,
  hazards: HazardLog,
): void {
  const { archivePath: file } = entry
  if (row.size !== '' && Number(row.size) !== entry.sizeBytes) {
    report('wheel-record-digest', 'the size in RECORD is not that of the file', file, hazards)
  }
  if (row.digest === '') {
    if (!exempt.has(file))
      report('wheel-record-no-digest', 'RECORD has no digest for a file', file, hazards, 'high')
    return
  }
  const [algorithm = '', value = ''] = row.digest.split('=', 2)
  const actual = digestOf(entry, algorithm.toLowerCase())
  if (actual === undefined) {
    report(
      'wheel-record-unchecked',
      `a digest of a kind that cannot be checked: ${algorithm}`,
      file,
      hazards,
      'high',
    )
  } else if (actual !== value.replace(/=+$/, '')) {
    report('wheel-record-digest', 'the digest in RECORD is not that of the file', file, hazards)
  }
}

/** base64url without padding; undefined for a weak algorithm, or a strong one over a file that is not retained. */
function digestOf(entry: PackageEntry, algorithm: string): string | undefined {
  if (algorithm === 'sha256' && entry.sha256 !== undefined)
    return Buffer.from(entry.sha256, 'hex').toString('base64url')
  if (!STRONG.includes(algorithm) || entry.content === undefined) return undefined
  return createHash(algorithm).update(entry.content).digest('base64url')
}

function report(
  rule: string,
  title: string,
  file: string,
  hazards: HazardLog,
  severity: 'high' | 'critical' = 'critical',
): void {
  hazards.report(rule, severity, title, {
    file,
    detail:
      'RECORD is what the builder says the wheel holds; what differs from it was put in or taken out afterwards.',
  })
}

/** Rows of comma-separated values; a field with a comma or quote is quoted (RFC 4180). */
function parseRecord(text: string): RecordRow[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (line.trim() === '') return []
    const [path = '', digest = '', size = ''] = splitRow(line)
    return [{ path, digest: digest.trim(), size: size.trim() }]
  })
}

function splitRow(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
