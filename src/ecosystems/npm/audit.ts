// npm's audit questions, answered from the gateway's own feeds: bulk (npm 7 and later, yarn berry) and quick (pnpm, yarn 1, npm 6).
import { hash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { GatewayError } from '../../model/errors.ts'
import type { AdvisoryHit } from '../ecosystem.ts'

const MAX_QUESTION_BYTES = 64 * 1024 * 1024
const MAX_PACKAGES = 50_000
const MAX_PATHS = 100

type Versions = Record<string, string[]>
type Json = Record<string, unknown>

/** `{ name: [versions] }`. Throws BAD_REQUEST for anything else. */
export function parseBulk(body: Uint8Array): Versions {
  const versions: Versions = Object.create(null)
  for (const [name, list] of Object.entries(parseQuestion(body))) {
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string'))
      throw badQuestion(`the versions of ${name.slice(0, 100)} are no list of texts`)
    versions[name] = list
  }
  if (Object.keys(versions).length > MAX_PACKAGES) throw badQuestion('too many packages')
  return versions
}

export function renderBulk(hits: readonly AdvisoryHit[]): Json {
  const answer: Record<string, Json[]> = Object.create(null)
  for (const hit of hits) {
    const list = answer[hit.name] ?? []
    answer[hit.name] = list
    list.push({
      id: numberOf(hit.id),
      url: hit.url,
      title: titleOf(hit),
      severity: hit.severity,
      vulnerable_versions: hit.vulnerableVersions,
      cwe: [],
      cvss: { score: hit.score ?? 0, vectorString: hit.vector ?? null },
    })
  }
  return answer
}

/** Where each version stands in the tree that was asked about. */
interface Place {
  readonly name: string
  readonly version: string
  readonly path: string
}

export interface QuickQuestion {
  readonly versions: Versions
  readonly places: readonly Place[]
}

/** A lock file's tree: `{ name, version, dependencies: { name: { version, dependencies } } }`. */
export function parseQuick(body: Uint8Array): QuickQuestion {
  const places: Place[] = []
  const waiting: { readonly node: unknown; readonly path: string }[] = [
    { node: parseQuestion(body), path: '' },
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, path } = next
    const dependencies = isObject(node) ? node['dependencies'] : undefined
    for (const [name, child] of isObject(dependencies) ? Object.entries(dependencies) : []) {
      if (!isObject(child)) continue
      const own = path === '' ? name : `${path}>${name}`
      if (typeof child['version'] === 'string') places.push({ name, version: child['version'], path: own })
      if (own.length < 4000) waiting.push({ node: child, path: own })
      if (places.length > MAX_PACKAGES) throw badQuestion('too many packages')
    }
  }
  const versions: Versions = Object.create(null)
  for (const { name, version } of places) versions[name] = [...new Set([...(versions[name] ?? []), version])]
  return { versions, places }
}

const NONE = { info: 0, low: 0, moderate: 0, high: 0, critical: 0 }

export function renderQuick(hits: readonly AdvisoryHit[], { places }: QuickQuestion): Json {
  const advisories: Record<string, Json> = {}
  const vulnerabilities = { ...NONE }
  for (const hit of hits) {
    const findings = findingsOf(hit, places)
    vulnerabilities[hit.severity] += findings.reduce((sum, { paths }) => sum + paths.length, 0)
    const id = numberOf(hit.id)
    advisories[id] = {
      id,
      findings,
      module_name: hit.name,
      title: titleOf(hit),
      overview: hit.title,
      recommendation: hit.fixed.length === 0 ? 'No fix is known' : `Upgrade to ${hit.fixed.join(' or ')}`,
      severity: hit.severity,
      vulnerable_versions: hit.vulnerableVersions,
      patched_versions:
        hit.fixed.length === 0 ? '<0.0.0' : hit.fixed.map((fixed) => `>=${fixed}`).join(' || '),
      url: hit.url,
      cves: [hit.id, ...hit.aliases].filter((one) => one.startsWith('CVE-')),
      github_advisory_id: [hit.id, ...hit.aliases].find((one) => one.startsWith('GHSA-')) ?? hit.id,
      cwe: [],
      access: 'public',
    }
  }
  const count = places.length
  const dependencies = {
    dependencies: count,
    devDependencies: 0,
    optionalDependencies: 0,
    totalDependencies: count,
  }
  return { actions: [], advisories, muted: [], metadata: { vulnerabilities, ...dependencies } }
}

function findingsOf({ name, affected }: AdvisoryHit, places: readonly Place[]) {
  return affected.map((version) => ({
    version,
    paths: places
      .filter((place) => place.name === name && place.version === version)
      .map(({ path }) => path)
      .slice(0, MAX_PATHS),
  }))
}

function titleOf({ id, title }: AdvisoryHit): string {
  return title.includes(id) ? title : `${title} (${id})`
}

/** Clients key advisories by a number; the same id always has the same one. */
function numberOf(id: string): number {
  return Number.parseInt(hash('sha256', id, 'hex').slice(0, 12), 16) % 2_000_000_000
}

function parseQuestion(body: Uint8Array): Json {
  let text: string
  try {
    const isGzip = body[0] === 0x1f && body[1] === 0x8b
    text = Buffer.from(isGzip ? gunzipSync(body, { maxOutputLength: MAX_QUESTION_BYTES }) : body).toString(
      'utf8',
    )
  } catch (cause) {
    throw badQuestion('its gzip is broken or too large', cause)
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch (cause) {
    throw badQuestion('it is not JSON', cause)
  }
  throw badQuestion('it is no object')
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function badQuestion(why: string, cause?: unknown): GatewayError {
  return new GatewayError('BAD_REQUEST', `this audit question is not understood: ${why}`, {}, { cause })
}
