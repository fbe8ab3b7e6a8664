// Is the name one that people take for another package's? Never said of the popular packages themselves.
import type { Finding, Severity } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { Scanner, ScannerData } from '../scanner.ts'
import { codeBytes } from './code-files.ts'
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
      ...(resemblance === undefined ? [] : [resemblanceFinding(name, resemblance, runsOwnHook(contents))]),
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

/** npm alone: every sdist runs a build, and most npm packages run nothing. A native build is what its name says. */
function runsOwnHook({ type, hooks }: PackageContents): boolean {
  return (
    type === 'npm' &&
    hooks.some(({ script }) => !/^(?:node-gyp rebuild|node-gyp-build|prebuild-install)/.test(script))
  )
}

function resemblanceFinding(name: string, { trick, popular }: Resemblance, runs: boolean): Finding {
  const { severity: alone, how } = TRICKS[trick]
  const severity = runs && alone === 'medium' ? 'high' : alone
  return {
    rule: `name-${trick}`,
    layer: 'name',
    severity,
    ...(runs ? { reach: 'install' as const } : {}),
    title: `The name ${how} the popular package ${popular}`,
    detail: `${name} is not among the popular packages itself. Names like this are registered to catch mistakes and invented names.`,
    behaviour: 40,
    remediation: `Make sure that ${name} and not ${popular} is meant.`,
  }
}

/** Versions like 99.0.0 are chosen to win over a private package of the same name (dependency confusion). */
/** Below this a package is a stand-in, not a library. */
const STAND_IN_BYTES = 20_000

function inflatedVersion(contents: PackageContents, popular: boolean): Finding[] {
  const { declared, claim } = contents
  const version = claim?.version ?? declared.version ?? ''
  const inflated = /^9{2,}\.|^\d+\.(?:\d+\.)?9{3,}(?:\.|$)|(?:^|\.)1337(?:\.|$)/.test(version)
  if (popular || !inflated) return []
  return [
    {
      rule: 'name-inflated-version',
      layer: 'name',
      severity: /^9{2,}\./.test(version) && codeBytes(contents) < STAND_IN_BYTES ? 'high' : 'medium',
      reach: 'import',
      title: `The version ${version.slice(0, 40)} looks chosen to win over any other`,
      detail: 'Resolvers that see a private and a public package of one name take the higher version.',
      behaviour: 41,
      remediation: 'Reserve the names of private packages, so that they never come from a public upstream.',
    },
  ]
}
