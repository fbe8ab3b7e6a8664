// Is the name one that people take for another package's? Never said of the popular packages themselves.
import type { Finding, Severity } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { Scanner, ScannerData } from '../scanner.ts'
import { createNameIndex, type NameIndex, type Resemblance } from './similar-names.ts'

export const name: Scanner = {
  id: 'name',
  version: 1,
  layer: 'name',
  applies(contents, data) {
    if (nameOf(contents) === undefined) return 'the package has no name'
    return popularNames(contents, data) === undefined ? 'there is no list of popular names' : true
  },
  scan(contents, data) {
    const popular = popularNames(contents, data)
    const name = nameOf(contents)
    if (popular === undefined || name === undefined) return []
    const resemblance = indexOf(popular).resembles(name)
    return [
      ...(resemblance === undefined ? [] : [resemblanceFinding(name, resemblance)]),
      ...inflatedVersion(contents, popular.includes(name)),
    ]
  },
}

const indexes = new WeakMap<readonly string[], NameIndex>()

function indexOf(popular: readonly string[]): NameIndex {
  const index = indexes.get(popular) ?? createNameIndex(popular)
  indexes.set(popular, index)
  return index
}

function popularNames(
  { type }: PackageContents,
  { popularNames: lists }: ScannerData,
): readonly string[] | undefined {
  return type === 'npm' || type === 'pypi' ? lists?.[type] : undefined
}

function nameOf({ type, claim, declared }: PackageContents): string | undefined {
  const given = (claim?.name ?? declared.name)?.trim()
  if (given === undefined || given === '') return undefined
  return type === 'pypi' ? given.toLowerCase().replace(/[-_.]+/g, '-') : given
}

/** Alone a likeness is a hint: honest neighbours exist. Only letters of another script have no honest use. */
const TRICKS: Readonly<Record<Resemblance['trick'], { readonly severity: Severity; readonly how: string }>> =
  {
    homoglyph: { severity: 'high', how: 'is written with letters of another script that look like' },
    lookalike: { severity: 'medium', how: 'is written with characters that look like' },
    separator: { severity: 'medium', how: 'differs only in separators from' },
    scope: { severity: 'low', how: 'differs only in its scope from' },
    typo: { severity: 'medium', how: 'is one slip of the finger away from' },
    suffix: { severity: 'info', how: 'is an ordinary suffix added to' },
  }

function resemblanceFinding(name: string, { trick, popular }: Resemblance): Finding {
  const { severity, how } = TRICKS[trick]
  return {
    rule: `name-${trick}`,
    layer: 'name',
    severity,
    title: `The name ${how} the popular package ${popular}`,
    detail: `${name} is not among the popular packages itself. Names like this are registered to catch mistakes and invented names.`,
    behaviour: 40,
    remediation: `Make sure that ${name} and not ${popular} is meant.`,
  }
}

/** Versions like 99.0.0 are chosen to win over a private package of the same name (dependency confusion). */
function inflatedVersion({ declared, claim }: PackageContents, popular: boolean): Finding[] {
  const version = claim?.version ?? declared.version ?? ''
  const inflated = /^9{2,}\.|^\d+\.(?:\d+\.)?9{3,}(?:\.|$)|(?:^|\.)1337(?:\.|$)/.test(version)
  if (popular || !inflated) return []
  return [
    {
      rule: 'name-inflated-version',
      layer: 'name',
      severity: 'medium',
      title: `The version ${version.slice(0, 40)} looks chosen to win over any other`,
      detail: 'Resolvers that see a private and a public package of one name take the higher version.',
      behaviour: 41,
      remediation: 'Reserve the names of private packages, so that they never come from a public upstream.',
    },
  ]
}
