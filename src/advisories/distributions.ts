// Which kind of package an OSV ecosystem is about, and how its records name packages.
import type { AffectedPackage } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'

interface OsvEcosystem {
  readonly type: PurlType
  readonly names: AffectedPackage['names']
  /** Empty for registries, which have no releases. */
  readonly release: string
}

const REGISTRIES: Readonly<Record<string, PurlType>> = { npm: 'npm', PyPI: 'pypi' }

// Debian, Ubuntu, Alpine and those built like Alpine name sources; rpm vendors name binaries (AlmaLinux, Red Hat) or sources (Rocky).
const DISTRIBUTIONS: Readonly<Record<string, Pick<OsvEcosystem, 'type' | 'names'>>> = {
  Debian: { type: 'deb', names: 'source' },
  Ubuntu: { type: 'deb', names: 'source' },
  Alpine: { type: 'apk', names: 'source' },
  Wolfi: { type: 'apk', names: 'source' },
  Chainguard: { type: 'apk', names: 'source' },
  MinimOS: { type: 'apk', names: 'source' },
  'Red Hat': { type: 'rpm', names: 'either' },
  AlmaLinux: { type: 'rpm', names: 'either' },
  'Rocky Linux': { type: 'rpm', names: 'either' },
  Fedora: { type: 'rpm', names: 'either' },
  openSUSE: { type: 'rpm', names: 'either' },
  SUSE: { type: 'rpm', names: 'either' },
  Mageia: { type: 'rpm', names: 'either' },
  openEuler: { type: 'rpm', names: 'either' },
  'Azure Linux': { type: 'rpm', names: 'either' },
}

/** Undefined for an ecosystem that is not served here. */
export function osvEcosystem(ecosystem: string): OsvEcosystem | undefined {
  const registry = Object.hasOwn(REGISTRIES, ecosystem) ? REGISTRIES[ecosystem] : undefined
  if (registry !== undefined) return { type: registry, names: 'either', release: '' }
  const [name = ''] = ecosystem.split(':')
  const found = Object.hasOwn(DISTRIBUTIONS, name) ? DISTRIBUTIONS[name] : undefined
  return found === undefined ? undefined : { ...found, release: ecosystem }
}

/** Whether a record about `recorded` speaks about packages of `release`: the same one, a part of it, or all of the distribution. */
export function isOfRelease(recorded: string, release: string): boolean {
  return (
    recorded === '' ||
    recorded === release ||
    recorded.startsWith(`${release}:`) ||
    (!recorded.includes(':') && release.startsWith(`${recorded}:`))
  )
}
