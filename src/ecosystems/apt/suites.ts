// Suites of one archive and where their documents lie: `dists/<suite>/...`, or a flat repository in one directory.
import type { RepositorySettings } from '../ecosystem.ts'

export interface AptOptions {
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly architectures: readonly string[]
  readonly keyrings: readonly string[]
  /** Languages whose Translation files are passed on. */
  readonly languages: readonly string[]
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

/** Paths, within a suite and without compression suffix, of the Packages files that are served. */
export function packagesPaths(suite: string, { components, architectures }: AptOptions): string[] {
  if (isFlat(suite)) return ['Packages']
  return components.flatMap((component) =>
    [...architectures, 'all'].map((architecture) => `${component}/binary-${architecture}/Packages`),
  )
}
