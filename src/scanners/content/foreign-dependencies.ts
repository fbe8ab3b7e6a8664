// Judges dependencies that leave the registry, and versions that are made to win over a private package.
import type { Finding, Severity } from '../../model/finding.ts'
import type { Dependency, PackageContents } from '../../model/package-contents.ts'
import type { Scanner } from '../scanner.ts'
import { codeBytes } from './code-files.ts'

const KNOWN_HOSTS =
  /^(?:https?|git|git\+https?|git\+ssh|ssh):\/\/(?:[^@/]{0,80}@)?(?:[\w-]{1,60}\.)?(?:github\.com|githubusercontent\.com|gitlab\.com|bitbucket\.org|codeberg\.org|sr\.ht|pkg\.pr\.new)[/:]/i
/** 99.9.9, 999.0.0, 9999.x: a number that no project counts up to. */
const INFLATED =
  /^(?:9{2,4}\.\d{1,4}\.9|9{2,4}\.9{1,4}\.\d|9{3,}\.\d|[1-9]0{3,}\.\d|[3-9]\d{3}\.\d|\d{5,}\.\d+\.\d+$)/
const SMALL_BYTES = 60_000

export const foreignDependencies: Scanner = {
  id: 'foreign-dependencies',
  version: 1,
  layer: 'name',
  applies: (contents) =>
    contents.type === 'npm' || contents.type === 'pypi'
      ? true
      : 'system packages name their dependencies without addresses',
  scan: (contents) => [
    ...contents.dependencies
      .filter((one) => one.foreign !== undefined && one.kind !== 'development')
      .map(foreignFinding),
    ...inflatedVersion(contents),
  ],
}

function foreignFinding({ name, specifier, foreign }: Dependency): Finding {
  const isOdd = foreign === 'url' && !KNOWN_HOSTS.test(specifier) && /^https?:/i.test(specifier)
  return {
    rule: isOdd ? 'dependency-from-address' : 'dependency-from-outside',
    layer: 'name',
    severity: isOdd ? 'high' : foreign === 'file' ? 'info' : 'low',
    title: isOdd
      ? 'A dependency is fetched from an address of its own'
      : 'A dependency does not come from the registry',
    detail: 'What is fetched there can change at any time, and this gateway does not examine it.',
    snippet: `${name}: ${specifier}`.slice(0, 200),
    reach: 'install',
    behaviour: 41,
    remediation: 'Install a version whose dependencies all come from the registry.',
  }
}

function inflatedVersion(contents: PackageContents): Finding[] {
  const { version } = contents.declared
  if (version === undefined || !INFLATED.test(version)) return []
  const runs = contents.hooks.length > 0
  const severity: Severity = runs && codeBytes(contents) < SMALL_BYTES ? 'high' : 'medium'
  return [
    {
      rule: 'version-inflated',
      layer: 'name',
      severity,
      title: `Version ${version.slice(0, 40)} is higher than any project counts`,
      detail:
        'Such versions are published so that resolvers prefer them to a private package of the same name.',
      reach: runs ? 'install' : 'any',
      behaviour: 41,
      remediation: 'Check that the name is not one of your private packages, and scope those.',
    },
  ]
}
