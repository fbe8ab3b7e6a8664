// The operator's YARA rules over every file of a package; what they match are findings of the virus layer.
import type { Finding, Severity } from '../../model/finding.ts'
import { SEVERITIES } from '../../model/finding.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import { reachesOf } from '../content/reach.ts'
import type { Scanner } from '../scanner.ts'
import type { YaraRules } from './load.ts'
import type { CompiledYara, YaraMatch } from './module.ts'

const TEXT_PROBE = 8192

export function yaraScanner({ compiled }: YaraRules): Scanner {
  return {
    id: 'yara',
    version: 1,
    layer: 'virus',
    applies: ({ entries }) => entries.some(({ type }) => type === 'file') || 'the package holds no file',
    scan(contents, _data, signal) {
      if ('missing' in compiled) throw new Error(compiled.missing)
      const files = contents.entries.filter(({ type }) => type === 'file')
      return [
        ...files.flatMap((entry) => {
          signal.throwIfAborted()
          return scanFile(entry, contents, compiled)
        }),
        ...notCovered(files),
      ]
    },
  }
}

/** A file that is too large to be kept is seen by its two ends. */
function scanFile(entry: PackageEntry, contents: PackageContents, rules: CompiledYara): Finding[] {
  const { content, head, tail } = entry
  const found = new Map<string, Finding>()
  for (const [part, bytes] of Object.entries({ content, head, tail })) {
    if (bytes === undefined) continue
    const start = part === 'tail' ? entry.sizeBytes - bytes.length : 0
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (const match of rules.scan(buffer)) {
      if (!found.has(match.ruleIdentifier))
        found.set(match.ruleIdentifier, finding(match, entry, contents, { buffer, start }))
    }
  }
  return [...found.values()]
}

function finding(
  { ruleIdentifier, meta, matches }: YaraMatch,
  { path }: PackageEntry,
  contents: PackageContents,
  { buffer, start }: { readonly buffer: Buffer; readonly start: number },
): Finding {
  const offset = matches.length === 0 ? undefined : Math.min(...matches.map((match) => match.offset))
  const description = typeof meta['description'] === 'string' ? meta['description'] : ''
  const place = offset === undefined ? '' : `At byte ${start + offset}.`
  const line = offset === undefined || start > 0 ? undefined : lineOf(buffer, offset)
  const detail = `${description} ${place}`.trim().slice(0, 1000)
  return {
    rule: `yara-${ruleIdentifier}`.slice(0, 200),
    layer: 'virus',
    severity: severityOf(meta),
    title: `The YARA rule ${ruleIdentifier.slice(0, 200)} matches`,
    file: path,
    ...(line === undefined ? {} : { line }),
    ...(detail === '' ? {} : { detail }),
    reach: reachesOf(contents).get(path) ?? 'any',
  }
}

/** `severity` of the rule's own `meta`, in our words; a rule that says none is taken to be there to stop something. */
function severityOf({ severity }: YaraMatch['meta']): Severity {
  const word = typeof severity === 'string' ? severity.toLowerCase() : ''
  return SEVERITIES.find((one) => one === word) ?? 'critical'
}

/** Of text only: what holds a zero byte has no lines. */
function lineOf(bytes: Buffer, offset: number): number | undefined {
  if (bytes.subarray(0, TEXT_PROBE).includes(0)) return undefined
  let line = 1
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1
  return line
}

function notCovered(files: readonly PackageEntry[]): Finding[] {
  const large = files.filter(({ content }) => content === undefined)
  if (large.length === 0) return []
  return [
    {
      rule: 'yara-partly-covered',
      layer: 'virus',
      severity: 'info',
      title: `${large.length} files are too large to be kept: YARA saw their first and last 64 KiB`,
      ...(large[0] === undefined ? {} : { file: large[0].path }),
    },
  ]
}
