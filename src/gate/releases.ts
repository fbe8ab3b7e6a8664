// Which release of which distribution a repository serves, as OSV names it: configured, or told by suites, paths and addresses.
import type { RepositorySettings } from '../ecosystems/ecosystem.ts'
import type { ArtifactClaim } from '../model/claim.ts'

type Settings = Pick<RepositorySettings, 'name' | 'type' | 'upstreams' | 'options'>

// Debian and Ubuntu code names, which suites are made of.
const CODENAMES: Readonly<Record<string, string>> = {
  buster: 'Debian:10',
  bullseye: 'Debian:11',
  bookworm: 'Debian:12',
  trixie: 'Debian:13',
  forky: 'Debian:14',
  xenial: 'Ubuntu:16.04:LTS',
  bionic: 'Ubuntu:18.04:LTS',
  focal: 'Ubuntu:20.04:LTS',
  jammy: 'Ubuntu:22.04:LTS',
  noble: 'Ubuntu:24.04:LTS',
  plucky: 'Ubuntu:25.04',
  questing: 'Ubuntu:25.10',
  resolute: 'Ubuntu:26.04:LTS',
}

const RPM_VENDORS: readonly (readonly [RegExp, string])[] = [
  [/alma/i, 'AlmaLinux'],
  [/rocky/i, 'Rocky Linux'],
  [/(?:red-?hat|rhel|\bubi)/i, 'Red Hat:enterprise_linux'],
  [/fedora/i, 'Fedora'],
]

/**
 * Releases of a repository: `options.distribution` when it is given; else from suites (`bookworm-security` is Debian 12), from the
 * address or name of an rpm repository with its major version (`/almalinux/9/`), or from apk branches and addresses. Empty when
 * nothing tells: then only advisories about every release count.
 */
export function releasesOf(settings: Settings): readonly string[] {
  const { distribution } = settings.options
  if (typeof distribution === 'string') return [distribution]
  switch (settings.type) {
    case 'deb':
      return unique(textsOf(settings.options['suites']).flatMap(releaseOfSuite))
    case 'rpm':
      return unique([...settings.upstreams, settings.name].flatMap(releaseOfRpm)).slice(0, 1)
    case 'apk':
      return apkReleases(settings)
    default:
      return []
  }
}

/** Those that count for one claim: the branch of an apk index, else all of the repository. */
export function releasesOfClaim(
  releases: readonly string[],
  { type, indexKey }: Pick<ArtifactClaim, 'type' | 'indexKey'>,
): readonly string[] {
  if (type !== 'apk' || releases.length < 2) return releases
  const own = releases.filter((release) => indexKey.split('/').includes(release.replace(/^Alpine:/, '')))
  return own.length > 0 ? own : releases
}

function releaseOfSuite(suite: string): string[] {
  const [codename = ''] = (suite.split('/')[0] ?? '').split('-')
  const release = Object.hasOwn(CODENAMES, codename) ? CODENAMES[codename] : undefined
  return release === undefined ? [] : [release]
}

function releaseOfRpm(text: string): string[] {
  const vendor = RPM_VENDORS.find(([pattern]) => pattern.test(text))?.[1]
  const path = text.replace(/^[a-z]+:\/\/[^/]*/i, '')
  const [, major] =
    /(?:^|[/-])(\d{1,2})(?:\.\d+)?(?:[/-]|$|-stream)/i.exec(path) ??
    /[a-z](\d{1,2})(?:[./-]|$)/i.exec(path) ??
    []
  return vendor === undefined || major === undefined ? [] : [`${vendor}:${major}`]
}

function apkReleases({ upstreams, name, options }: Settings): readonly string[] {
  const told = `${upstreams.join(' ')} ${name}`
  if (/wolfi/i.test(told)) return ['Wolfi']
  if (/chainguard/i.test(told)) return ['Chainguard']
  const branches = [...textsOf(options['versions']), ...told.split(/[/ ]/)]
  return unique(branches.filter((branch) => /^v3\.\d+$/.test(branch)).map((branch) => `Alpine:${branch}`))
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function unique(all: readonly string[]): readonly string[] {
  return [...new Set(all)]
}
