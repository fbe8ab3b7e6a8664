// package.json as npm reads it: found, parsed, and its fields in plain shapes whatever an author wrote into them.
import type { HazardLog } from '../../archive/hazards.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { Json, JsonObject } from '../../model/claim.ts'
import type { Severity } from '../../model/finding.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import { repeatedKeys } from './json-keys.ts'

const MANIFEST = 'package.json'
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

/** The manifest that stays on disk: the last of that name. Throws PACKAGE_INVALID when there is none that can be read. */
export function readManifest(entries: readonly PackageEntry[], hazards: HazardLog): JsonObject {
  const copies = entries.filter(({ path, type }) => path === MANIFEST && type === 'file')
  reportLookalikes(entries, hazards)
  const last = copies.at(-1)
  if (last === undefined) throw invalidPackage('npm-manifest-missing', 'the package has no package.json')
  for (const copy of copies.slice(0, -1)) reportRepeatedKeys(manifestText(copy), hazards)
  const text = manifestText(last)
  const manifest = parseManifest(text)
  if (manifest === undefined)
    throw invalidPackage('npm-manifest-invalid', 'package.json is not a JSON object')
  reportRepeatedKeys(text, hazards)
  return manifest
}

/** A manifest's text as an object; undefined for anything else. A byte order mark is passed over as npm does. */
export function parseManifest(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined
  } catch {
    return undefined
  }
}

export function declaredBy(manifest: JsonObject): PackageContents['declared'] {
  const fields = {
    name: textOf(manifest['name']),
    version: textOf(manifest['version']),
    licence: licenceOf(manifest),
    description: textOf(manifest['description']),
    architecture: architectureOf(manifest['cpu']),
    repositoryUrl: urlOf(manifest['repository']),
    homepage: urlOf(manifest['homepage']),
  }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), maintainers: maintainersOf(manifest), manifest }
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function manifestText(entry: PackageEntry): string {
  if (entry.content === undefined || entry.sizeBytes > MAX_MANIFEST_BYTES) {
    throw invalidPackage('npm-manifest-size', 'package.json is too large', { sizeBytes: entry.sizeBytes })
  }
  return Buffer.from(entry.content).toString('utf8')
}

// On a file system that ignores case, `Package.json` is written over package.json.
function reportLookalikes(entries: readonly PackageEntry[], hazards: HazardLog): void {
  for (const { path } of entries) {
    if (path === MANIFEST || path.toLowerCase() !== MANIFEST) continue
    hazards.report('npm-manifest-case', 'high', 'a second manifest whose name differs only in case', {
      file: path,
    })
  }
}

function reportRepeatedKeys(text: string, hazards: HazardLog): void {
  if (parseManifest(text) === undefined) return
  for (const { path, line } of repeatedKeys(text)) {
    hazards.report(
      'npm-manifest-repeated-key',
      weightOf(path),
      `package.json gives ${path.join('.').slice(0, 100)} twice`,
      {
        file: MANIFEST,
        line,
        detail: 'JSON parsers differ in which of the two they take, and a reader sees the first.',
      },
    )
  }
}

// All npm clients take the last one; what matters is what people, registries and scanners took.
function weightOf(path: readonly string[]): Severity {
  const [top = '', inner] = path
  if (top === 'scripts') return inner === undefined || INSTALL_SCRIPTS.includes(inner) ? 'high' : 'low'
  if (['name', 'version', 'gypfile'].includes(top)) return 'high'
  if (['main', 'bin', 'exports'].includes(top)) return 'medium'
  return /dependencies$/i.test(top) && top !== 'devDependencies' && inner === undefined ? 'medium' : 'low'
}

function licenceOf(manifest: JsonObject): string | undefined {
  const { license, licence, licenses } = manifest
  const one = license ?? licence
  const named = textOf(one) ?? textOf(objectOf(one)['type'])
  if (named !== undefined) return named
  const several = [...listOf(one), ...listOf(licenses)].flatMap(
    (item) => textOf(item) ?? textOf(objectOf(item)['type']) ?? [],
  )
  return several.length > 0 ? several.join(' OR ') : undefined
}

function architectureOf(cpu: Json | undefined): string | undefined {
  const names = listOf(cpu).filter((name) => typeof name === 'string')
  return names.length > 0 ? names.join(', ') : undefined
}

function urlOf(value: Json | undefined): string | undefined {
  return textOf(value) ?? textOf(objectOf(value)['url'])
}

function maintainersOf(manifest: JsonObject): string[] {
  const people = [manifest['author'] ?? null, ...listOf(manifest['maintainers'])]
  return [...new Set(people.flatMap((person) => personOf(person) ?? []))]
}

function personOf(value: Json): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim()
  const { name, email } = objectOf(value)
  const parts = [textOf(name), textOf(email) === undefined ? undefined : `<${textOf(email)}>`]
  return parts.filter((part) => part !== undefined).join(' ') || undefined
}
