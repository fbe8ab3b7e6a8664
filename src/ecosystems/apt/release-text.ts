// The rebuilt Release: fields that pinning depends on stay, dates and digests are ours.
import type { GenerationContext } from '../ecosystem.ts'
import { fieldOf, type ReleaseFile } from './release.ts'
import { aptOptions } from './suites.ts'

/** One index file as the rebuilt Release lists it. */
export interface ListedFile {
  /** Relative to the suite. */
  readonly path: string
  readonly sha256: string
  readonly sizeBytes: number
}

/** Our signatures are good for a week; they are renewed a day before. */
export const VALID_MS = 7 * 86_400_000

// apt_preferences(5) and apt-secure(8): a client asks its user when one of these changes.
const KEPT = [
  'Origin',
  'Label',
  'Suite',
  'Version',
  'Codename',
  'NotAutomatic',
  'ButAutomaticUpgrades',
  'No-Support-for-Architecture-all',
  'Description',
]

/** Dates are in the form that apt reads: RFC 2822 in UTC. */
export function renderRelease(
  release: ReleaseFile,
  files: readonly ListedFile[],
  { context, validUntil }: { context: GenerationContext; validUntil: Date },
): string {
  const lines: string[] = []
  for (const name of KEPT) {
    const value = fieldOf(release.fields, name)
    if (value !== undefined) lines.push(`${name}: ${value.split('\n')[0]?.trimEnd() ?? ''}`)
  }
  const { architectures, components } = aptOptions(context.settings)
  lines.push(`Architectures: ${listed(fieldOf(release.fields, 'Architectures'), [...architectures, 'all'])}`)
  const upstreamComponents = fieldOf(release.fields, 'Components')
  if (upstreamComponents !== undefined) lines.push(`Components: ${listed(upstreamComponents, components)}`)
  lines.push(
    `Date: ${rfc2822(context.now)}`,
    `Valid-Until: ${rfc2822(validUntil)}`,
    'Acquire-By-Hash: yes',
    'SHA256:',
  )
  for (const { path, sha256, sizeBytes } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1)))
    lines.push(` ${sha256} ${String(sizeBytes).padStart(8)} ${path}`)
  return `${lines.join('\n')}\n`
}

/** Of what the upstream lists, what is served here, in the upstream's order. */
function listed(upstream: string | undefined, served: readonly string[]): string {
  if (upstream === undefined) return served.filter((one) => one !== 'all').join(' ')
  return upstream
    .split(/\s+/)
    .filter((one) => served.includes(one) || served.includes(one.split('/').at(-1) ?? ''))
    .join(' ')
}

/** `Sat, 31 Jan 2026 12:00:00 UTC`. */
export function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', 'UTC')
}
