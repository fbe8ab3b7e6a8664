// Headers of METADATA, PKG-INFO and WHEEL files (core metadata specification: e-mail headers, then the description).
import type { HazardLog } from '../../archive/hazards.ts'
import type { Json, JsonObject } from '../../model/claim.ts'
import type { Dependency, PackageContents } from '../../model/package-contents.ts'

/** Values by field name as the file spells it first; more than one where it stands more than once. */
export type Headers = ReadonlyMap<string, readonly string[]>

const ONCE = new Set([
  'metadata-version',
  'name',
  'version',
  'summary',
  'requires-python',
  'license',
  'license-expression',
  'wheel-version',
  'root-is-purelib',
])

/** Parses headers; folded lines are joined. Reports a field that must stand once and does not. */
export function parseHeaders(text: string, file: string, hazards: HazardLog): Headers {
  const headers = new Map<string, string[]>()
  const spelled = new Map<string, string>()
  let current: string[] | undefined
  for (const line of headLines(text)) {
    if (/^[ \t]/.test(line) && current !== undefined) {
      current.push(`${current.pop() ?? ''}\n${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const field = line.slice(0, colon).trim()
    const name = spelled.get(field.toLowerCase()) ?? field
    spelled.set(field.toLowerCase(), name)
    current = headers.get(name) ?? []
    current.push(line.slice(colon + 1).trim())
    headers.set(name, current)
  }
  for (const [name, values] of headers) reportRepeated(name, values, file, hazards)
  return headers
}

/** First value of a field in any case. */
export function header(headers: Headers, name: string): string | undefined {
  return headerList(headers, name)[0]
}

export function headerList(headers: Headers, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  for (const [field, values] of headers) if (field.toLowerCase() === wanted) return values
  return []
}

export function declaredBy(
  metadata: Headers,
  manifest: JsonObject,
  architecture?: string,
): PackageContents['declared'] {
  const urls = projectUrls(metadata)
  const fields = {
    name: header(metadata, 'Name'),
    version: header(metadata, 'Version'),
    licence: header(metadata, 'License-Expression') ?? licenceOf(metadata),
    description: header(metadata, 'Summary'),
    architecture,
    repositoryUrl:
      urls.get('repository') ?? urls.get('source') ?? urls.get('source code') ?? urls.get('code'),
    homepage: header(metadata, 'Home-page') ?? urls.get('homepage'),
  }
  const given = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== '' && value !== 'UNKNOWN',
  )
  return { ...Object.fromEntries(given), maintainers: maintainersOf(metadata), manifest }
}

/** Headers as JSON: a text where the field stands once, a list where more often. */
export function headersAsJson(...several: readonly Headers[]): JsonObject {
  const json: Record<string, Json> = {}
  for (const headers of several) {
    for (const [name, values] of headers) json[name] = values.length === 1 ? (values[0] ?? '') : values
  }
  return json
}

/** A requirement (PEP 508) with its address when it does not come from an index. */
export function requirement(text: string, kind: string): Dependency | undefined {
  const match = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/s.exec(text)
  if (match === null) return foreignOnly(text, kind)
  const [, name = '', rest = ''] = match
  const address = /^@\s*(\S+)/.exec(rest)?.[1]
  if (address === undefined && /^[a-z+]+:\/\//i.test(text.trim())) return foreignOnly(text, kind)
  const optional = kind === 'runtime' && /;.*\bextra\s*==/.test(rest)
  const foreign = address === undefined ? {} : { foreign: foreignKind(address) }
  return { name, specifier: rest.trim(), kind: optional ? 'optional' : kind, ...foreign }
}

function foreignOnly(text: string, kind: string): Dependency | undefined {
  const address = text.trim()
  return /^[a-z+]+:\/\//i.test(address)
    ? { name: address.slice(0, 200), specifier: address, kind, foreign: foreignKind(address) }
    : undefined
}

function foreignKind(address: string): 'url' | 'git' | 'file' {
  if (/^(?:git|hg|svn|bzr)\+|^git:/i.test(address)) return 'git'
  return /^file:/i.test(address) ? 'file' : 'url'
}

function headLines(text: string): string[] {
  const end = /\r?\n\r?\n/.exec(text)
  return (end === null ? text : text.slice(0, end.index)).replace(/^\ufeff/, '').split(/\r?\n/)
}

function reportRepeated(name: string, values: readonly string[], file: string, hazards: HazardLog): void {
  if (!ONCE.has(name.toLowerCase()) || new Set(values).size < 2) return
  const weighty = ['name', 'version', 'wheel-version'].includes(name.toLowerCase())
  hazards.report(
    'python-metadata-repeated-field',
    weighty ? 'critical' : 'low',
    `the field ${name} stands twice`,
    {
      file,
      detail: 'Readers differ in which of the two they take.',
    },
  )
}

// Authors put whole licence texts into the old field: its first line names the licence.
function licenceOf(metadata: Headers): string | undefined {
  const line = header(metadata, 'License')?.split('\n')[0]?.trim()
  if (line !== undefined && line !== '' && line !== 'UNKNOWN') return line.slice(0, 200)
  const classifier = headerList(metadata, 'Classifier').find((one) => one.startsWith('License ::'))
  return classifier?.split('::').at(-1)?.trim()
}

function maintainersOf(metadata: Headers): string[] {
  const people = ['Author', 'Maintainer'].map((role) => {
    const [name, email] = [header(metadata, role), header(metadata, `${role}-email`)]
    return [name, email === undefined || email.includes('<') ? email : `<${email}>`]
      .filter((part) => part !== undefined && part !== 'UNKNOWN' && part !== '')
      .join(' ')
  })
  return [...new Set(people.filter((person) => person !== ''))]
}

function projectUrls(metadata: Headers): Map<string, string> {
  const urls = new Map<string, string>()
  for (const line of headerList(metadata, 'Project-URL')) {
    const comma = line.indexOf(',')
    if (comma > 0) urls.set(line.slice(0, comma).trim().toLowerCase(), line.slice(comma + 1).trim())
  }
  return urls
}
