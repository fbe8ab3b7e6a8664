// The registry's older JSON answers about a project or one release, filtered to what its page shows.
import { GatewayError } from '../../model/errors.ts'
import type { AdvisoryHit } from '../ecosystem.ts'
import type { ShownFile } from './shown-page.ts'
import { comparePep440, isPreRelease, parseVersion } from './version.ts'

export interface LegacyView {
  /** Files that the page shows, by name. */
  readonly files: ReadonlyMap<string, ShownFile>
  /** What feeds know of a version; absent: what the upstream says is passed on. */
  readonly advisories?: (version: string) => readonly AdvisoryHit[]
}

type Json = Record<string, unknown>

// Facts of one file that hold whatever is withheld; addresses, digests and yanked are our own.
const FILE_FIELDS = [
  'filename',
  'packagetype',
  'python_version',
  'requires_python',
  'size',
  'upload_time',
  'upload_time_iso_8601',
  'comment_text',
]

// What describes one release and says nothing about another.
const RELEASE_FIELDS = [
  'requires_dist',
  'requires_python',
  'provides_extra',
  'release_url',
  'dynamic',
  'yanked_reason',
]

/** Undefined when the page shows no file of the release that is asked, or of the whole project. */
export function renderLegacyJson(
  bytes: Uint8Array,
  version: string | undefined,
  view: LegacyView,
): Uint8Array | undefined {
  const legacy = parseLegacy(bytes)
  const answer = version === undefined ? aboutProject(legacy, view) : aboutRelease(legacy, view)
  return answer === undefined ? undefined : Buffer.from(JSON.stringify(answer))
}

function aboutRelease(legacy: Json, view: LegacyView): Json | undefined {
  const urls = shownFiles(legacy['urls'], view)
  if (urls.length === 0) return undefined
  const info = record(legacy['info'])
  return { ...passed(legacy, String(info['version']), view), info: { ...info, ...yankedOf(urls) }, urls }
}

function aboutProject(legacy: Json, view: LegacyView): Json | undefined {
  const releases = Object.entries(record(legacy['releases']))
    .map(([version, files]) => [version, shownFiles(files, view)] as const)
    .filter(([version, files]) => parseVersion(version) !== undefined && files.length > 0)
  const info = record(legacy['info'])
  const chosen = chooseVersion(String(info['version']), releases)
  if (chosen === undefined) {
    const urls = shownFiles(legacy['urls'], view)
    return urls.length === 0
      ? undefined
      : { ...passed(legacy, String(info['version']), view), info, releases: {}, urls }
  }
  const [version, urls] = chosen
  return {
    ...passed(legacy, version, view),
    info: infoFor(info, version, urls),
    releases: Object.fromEntries(releases),
    urls,
  }
}

type Release = readonly [version: string, files: readonly Json[]]

/** The upstream's newest when it may be chosen, else the newest that may: releases before pre-releases, yanked ones last. */
function chooseVersion(wanted: string, releases: readonly Release[]): Release | undefined {
  const original = releases.find(([version]) => version === wanted)
  if (original !== undefined && isSelectable(original)) return original
  const newestFirst = [...releases].sort(([a], [b]) => comparePep440(b, a))
  const selectable = newestFirst.filter(isSelectable)
  return selectable.find(([version]) => !isPreRelease(version)) ?? selectable[0] ?? original ?? newestFirst[0]
}

function isSelectable([, files]: Release): boolean {
  return files.some((file) => file['yanked'] === false)
}

function infoFor(info: Json, version: string, urls: readonly Json[]): Json {
  if (info['version'] === version) return { ...info, ...yankedOf(urls) }
  const general = Object.fromEntries(
    Object.entries(info).filter(([field]) => !RELEASE_FIELDS.includes(field)),
  )
  return {
    ...general,
    version,
    requires_dist: null,
    requires_python: urls[0]?.['requires_python'] ?? null,
    ...yankedOf(urls),
  }
}

function yankedOf(urls: readonly Json[]): Json {
  const yanked = urls.every((file) => file['yanked'] !== false)
  return { yanked, yanked_reason: yanked ? (urls[0]?.['yanked_reason'] ?? null) : null }
}

function passed(legacy: Json, version: string, { advisories }: LegacyView): Json {
  const { last_serial } = legacy
  const vulnerabilities =
    advisories === undefined ? legacy['vulnerabilities'] : advisories(version).map(vulnerability)
  return {
    ...(last_serial === undefined ? {} : { last_serial }),
    ...(vulnerabilities === undefined ? {} : { vulnerabilities }),
  }
}

/** The shape of the registry's own answer, which pip-audit reads. */
function vulnerability({ id, aliases, title, fixed, url, source }: AdvisoryHit): Json {
  return {
    aliases,
    details: title,
    summary: title,
    fixed_in: fixed,
    id,
    link: url,
    source,
    withdrawn: null,
  }
}

function shownFiles(value: unknown, { files }: LegacyView): Json[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry) => {
    const file = record(entry)
    const shown = files.get(String(file['filename']))
    const sha256 = record(file['digests'])['sha256']
    // An entry about other bytes than the page's is about a file we do not have.
    return shown === undefined || shown.file.digests.sha256 !== sha256 ? [] : [fileEntry(file, shown)]
  })
}

function fileEntry(file: Json, { file: known, url, yanked }: ShownFile): Json {
  const kept = Object.fromEntries(
    FILE_FIELDS.filter((field) => file[field] !== undefined).map((field) => [field, file[field]]),
  )
  return { ...kept, url, digests: known.digests, yanked: yanked !== undefined, yanked_reason: yanked ?? null }
}

function parseLegacy(bytes: Uint8Array): Json {
  try {
    return record(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new GatewayError('UPSTREAM_INVALID', "the upstream's legacy JSON is not JSON", {}, { cause })
  }
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}
