// What is new against the last approved version of the same package: how a taken-over package shows itself.
import type { PackageSummary } from '../../model/evidence.ts'
import type { Finding, Reach, Severity } from '../../model/finding.ts'
import { ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { summarise } from '../summary.ts'
import { capabilitiesOf } from './capabilities.ts'

export const change: Scanner = {
  id: 'change',
  version: 1,
  layer: 'change',
  applies: (_contents, data) =>
    data.previous === undefined ? 'no other version of this package has been approved yet' : true,
  scan(contents, { previous, rules }, signal) {
    if (previous === undefined) return []
    const now = summarise(contents, capabilitiesOf(contents, ruleSetOf(rules), signal))
    // Every sdist runs its build; the version before may have come as a wheel, which runs nothing.
    const before = contents.format === 'sdist' ? { ...previous.summary, hooks: now.hooks } : previous.summary
    return compareSummaries(before, now).map((finding) => ({
      ...finding,
      detail: `Compared with version ${previous.version}, the last approved one.`,
    }))
  },
}

/** A size that grows so much, and by so many bytes, is worth a look. */
const SIZE_FACTOR = 10
const SIZE_BYTES = 1024 * 1024

/** Findings without the sentence that names the version. */
export function compareSummaries(before: PackageSummary, now: PackageSummary): Finding[] {
  const capabilities = added(before.capabilities, now.capabilities)
  const hooks = added(before.hooks, now.hooks)
  const acts = capabilities.some((one) => one === 'network' || one === 'process')
  const allNew =
    before.maintainers.length > 0 && !before.maintainers.some((one) => now.maintainers.includes(one))
  return [
    // A hook and the power to use it in one step is what a hijacked release looks like; a hook alone is often a native build.
    ...news(
      'change-new-install-hook',
      acts ? 'high' : 'medium',
      'A script runs at install that did not before',
      hooks,
      'install',
    ),
    ...news('change-new-capability', 'low', 'The code does what it did not do before', capabilities),
    ...news(
      'change-new-native-code',
      'low',
      'Compiled code is new',
      before.nativeCode.length === 0 ? now.nativeCode : [],
    ),
    ...news(
      'change-new-foreign-dependency',
      'medium',
      'A dependency comes from elsewhere than the registry and did not before',
      added(before.foreignDependencies, now.foreignDependencies),
    ),
    ...news(
      'change-new-maintainer',
      allNew ? 'medium' : 'low',
      allNew ? 'All maintainers are new' : 'A maintainer is new',
      before.maintainers.length === 0 ? [] : added(before.maintainers, now.maintainers),
    ),
    ...repositoryChange(before.repositoryUrl, now.repositoryUrl),
    ...sizeJump(before.unpackedBytes, now.unpackedBytes),
  ]
}

function added(before: readonly string[], now: readonly string[]): string[] {
  return now.filter((one) => !before.includes(one))
}

function news(
  rule: string,
  severity: Severity,
  title: string,
  what: readonly string[],
  reach?: Reach,
): Finding[] {
  if (what.length === 0) return []
  return [
    {
      rule,
      layer: 'change',
      severity,
      title,
      snippet: what.join(', ').slice(0, 200),
      ...(reach === undefined ? {} : { reach }),
    },
  ]
}

function repositoryChange(before: string | undefined, now: string | undefined): Finding[] {
  if (before === undefined || now === undefined || bare(before) === bare(now)) return []
  return news('change-repository-url', 'low', 'The package names another source repository', [
    `${before} became ${now}`,
  ])
}

function bare(url: string): string {
  return url
    .toLowerCase()
    .replace(/^git\+|\.git$|\/$|^\w+:\/\/(?:www\.|git@)?/g, '')
    .replace(/^\w+:\/\//, '')
}

function sizeJump(before: number, now: number): Finding[] {
  if (before === 0 || now < before * SIZE_FACTOR || now - before < SIZE_BYTES) return []
  return news('change-size-jump', 'low', 'The package grew manyfold', [`${before} bytes became ${now}`])
}
