// Adds up what little PyPI packages seldom do: no single sign stops a package, many in very little code do.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeBytes, codeFilesOf } from './code-files.ts'
import { WEIGHTS, type Weight } from './python-weights.ts'

/** Weight at which a package of at most so many bytes of code is stopped, small ones first. */
const LIMITS: readonly (readonly [bytes: number, weight: number])[] = [
  [10_000, 8],
  [30_000, 12],
  [60_000, 17],
]
/** A package that names no home has one reason less to be believed. */
const HOMELESS = 2
/** At least one sign must be heavier than what any script does. */
const HEAVY = 2

export const suspicion: Scanner = {
  id: 'suspicion',
  version: 1,
  layer: 'code',
  applies(contents) {
    if (contents.type !== 'pypi') return 'weights are measured for PyPI alone'
    return limitFor(contents) === undefined ? 'the package is too large for weak signs to say anything' : true
  },
  scan(contents) {
    const files = codeFilesOf(contents).filter(runsByItself)
    const limit = limitFor(contents)
    if (files.length === 0 || limit === undefined) return []
    const found = weightsOf(files)
    const sum = found.reduce((total, { weight }) => total + weight, isHomeless(contents) ? HOMELESS : 0)
    const stops = sum >= limit && found.some(({ weight }) => weight >= HEAVY)
    return stops ? [findingOf(found, sum, files)] : []
  },
}

function runsByItself(file: CodeFile): boolean {
  return file.language === 'python' && file.reach() !== 'any'
}

function limitFor(contents: PackageContents): number | undefined {
  const bytes = codeBytes(contents)
  return LIMITS.find(([most]) => bytes <= most)?.[1]
}

function isHomeless({ declared }: PackageContents): boolean {
  return declared.repositoryUrl === undefined && declared.homepage === undefined
}

function weightsOf(files: readonly CodeFile[]): readonly Weight[] {
  const texts = files.map(({ text }) => text.raw)
  return WEIGHTS.filter(({ pattern }) => texts.some((text) => pattern.test(text)))
}

function findingOf(found: readonly Weight[], sum: number, files: readonly CodeFile[]): Finding {
  const first = files.find((file) => file.reach() === 'install') ?? files[0]
  return {
    rule: 'py-many-weak-signs',
    layer: 'code',
    severity: 'high',
    reach: first?.reach() ?? 'import',
    title: 'Very little code does many things that little packages seldom do',
    detail:
      `Weight ${sum}: ${found.map(({ says }) => says).join(', ')}. None of these says anything alone.`.slice(
        0,
        500,
      ),
    ...(first && { file: first.path }),
    remediation: 'Read the code: there is little of it.',
  }
}
