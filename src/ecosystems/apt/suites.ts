// Suites of one archive and where their documents lie: `dists/<suite>/...`, or a flat repository in one directory.
import type { RepositorySettings } from '../ecosystem.ts'

export interface AptOptions {
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly architectures: readonly string[]
  readonly keyrings: readonly string[]
  /** Languages whose Translation files are passed on. */
  readonly languages: readonly string[]
  /** Whether source packages are served as well. */
  readonly sources: boolean
  /** Whether a blocked package withholds what else was built from the same source and version. */
  readonly withholdSource: boolean
}

export function aptOptions({ options }: RepositorySettings): AptOptions {
  const list = (name: string, otherwise: readonly string[]): readonly string[] => {
    const value = options[name]
    return Array.isArray(value) && value.length > 0 ? value.map(String) : otherwise
  }
  return {
    suites: list('suites', []),
    components: list('components', ['main']),
    architectures: list('architectures', ['amd64']),
    keyrings: list('keyrings', []),
    languages: list('languages', ['en']),
    sources: options['sources'] === true,
    withholdSource: options['withholdSource'] === true,
  }
}

/** A suite that ends with a slash is a flat repository in that directory (sources.list(5)). */
export function isFlat(suite: string): boolean {
  return suite.endsWith('/')
}

/** Directory of a suite's documents, relative to the archive, with trailing slash: `dists/bookworm/`, or empty. */
export function suiteDirectory(suite: string): string {
  if (!isFlat(suite)) return `dists/${suite}/`
  return suite.replace(/^\.?\//, '')
}

/** Paths, within a suite and without compression suffix, of the Packages and Sources files that are served. */
export function listingPaths(suite: string, { components, architectures, sources }: AptOptions): string[] {
  if (isFlat(suite)) return sources ? ['Packages', 'Sources'] : ['Packages']
  return components.flatMap((component) => [
    ...[...architectures, 'all'].map((architecture) => `${component}/binary-${architecture}/Packages`),
    ...(sources ? [`${component}/source/Sources`] : []),
  ])
}
