// Which upstreams may answer for a project, and where they keep what lies beside the simple index.
import type { RepositorySettings } from '../ecosystem.ts'
import { coversName } from './names.ts'

/** In order of priority. A reserved name is asked only of upstreams that the configuration calls private: nobody else may answer for it. */
export function upstreamsFor(project: string, settings: RepositorySettings): readonly string[] {
  return settings.upstreams.filter((base) => isPrivate(base, settings) || !isReserved(project, settings))
}

export function isReserved(project: string, { reserved }: RepositorySettings): boolean {
  return reserved.some((pattern) => coversName(pattern, project))
}

export function isPrivate(base: string, { options }: RepositorySettings): boolean {
  const own = options['privateUpstreams']
  return Array.isArray(own) && own.includes(base)
}

/** An upstream base is the address of its simple index, as pip's index-url spells it. */
export function pageAddress(base: string, project: string): string {
  return `${base}/${project}/`
}

/** The legacy JSON of the same registry; undefined when the base does not end in `/simple`, for then nothing says where it is. */
export function legacyAddress(
  base: string,
  project: string,
  version: string | undefined,
): string | undefined {
  if (!base.endsWith('/simple')) return undefined
  const middle = version === undefined ? '' : `/${encodeURIComponent(version)}`
  return `${base.slice(0, -'/simple'.length)}/pypi/${project}${middle}/json`
}
