// What a package says of where it comes from: signs that nobody stands behind it, each of which many honest packages have.
import type { JsonObject } from '../../../model/claim.ts'
import type { PackageContents } from '../../../model/package-contents.ts'

export type OriginSign =
  | 'no-repository'
  | 'foreign-repository'
  | 'no-description'
  | 'no-author'
  | 'no-readme'
  | 'first-version'
  | 'untouched-template'
  | 'few-files'
  | 'odd-version'

/** Signs in a fixed order. */
export function originSigns(contents: PackageContents): OriginSign[] {
  const { declared, entries } = contents
  const { manifest, version = '', description = '' } = declared
  const readme = entries.find(({ path }) => /^readme/i.test(path))
  const signs: readonly (readonly [OriginSign, boolean])[] = [
    ['no-repository', !hasOrigin(contents)],
    ['foreign-repository', hasOrigin(contents) && !isOwnOrigin(contents)],
    ['no-description', description.trim().length < 12],
    ['no-author', !isNamed(manifest['author']) && !isNamed(manifest['contributors'])],
    ['no-readme', (readme?.sizeBytes ?? 0) < 150],
    ['first-version', /^(?:0\.0\.\d+|0\.1\.\d|1\.0\.\d{1,2}|1\.1\.\d)$/.test(version)],
    ['untouched-template', /no test specified/.test(textOf(manifest['scripts'], 'test'))],
    ['few-files', entries.filter(({ type }) => type === 'file').length <= 4],
    [
      'odd-version',
      /^(?:9{1,4}|[1-9]\d{2,})\.\d|^\d{1,4}\.9{2,}|^(\d)\1*\.\1+\.\1+$/.test(version) &&
        !/^[01]\./.test(version),
    ],
  ]
  return signs.flatMap(([sign, holds]) => (holds ? [sign] : []))
}

/** A place where the source or its author can be looked at. */
export function hasOrigin({ declared }: PackageContents): boolean {
  const { repositoryUrl = '', homepage = '' } = declared
  return repositoryUrl.length > 4 || homepage.length > 4
}

/** Whether the address of the source shares a word with the package's name: a copied manifest seldom does. */
export function isOwnOrigin({ declared, claim }: PackageContents): boolean {
  const { repositoryUrl = '', homepage = '' } = declared
  const name = claim?.name ?? declared.name ?? ''
  const place = joined(`${repositoryUrl} ${homepage}`)
  return [...wordsOf(name), joined(name.replace(/^@[^/]*\//, ''))].some((word) => place.includes(word))
}

const EVERYWHERE = new Set([
  'node',
  'npm',
  'lib',
  'com',
  'git',
  'github',
  'www',
  'http',
  'https',
  'the',
  'org',
  'utils',
  'util',
  'core',
  'tree',
  'main',
])

function joined(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function wordsOf(name: string): string[] {
  const words = name.toLowerCase().split(/[^a-z0-9]+/)
  return words.filter((word) => word.length > 2 && !EVERYWHERE.has(word))
}

function isNamed(value: unknown): boolean {
  if (typeof value === 'string') return value.trim().length > 1
  if (Array.isArray(value)) return value.some(isNamed)
  return typeof value === 'object' && value !== null && isNamed((value as JsonObject)['name'])
}

function textOf(value: unknown, key: string): string {
  const found = typeof value === 'object' && value !== null ? (value as JsonObject)[key] : undefined
  return typeof found === 'string' ? found : ''
}

/** A missing address of the source weighs most: of popular packages one in a hundred lacks it. */
export function originWeight(signs: readonly OriginSign[]): number {
  return signs.includes('no-repository') ? signs.length + 1 : 0
}
