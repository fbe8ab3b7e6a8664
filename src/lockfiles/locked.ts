// What a lock file pins, whatever wrote it.
import { GatewayError } from '../model/errors.ts'

export interface LockedPackage {
  readonly type: 'npm' | 'pypi'
  /** As the registry spells it: PEP 503 for PyPI. */
  readonly name: string
  readonly version: string
  /** Digests that the lock file allows, `sha256:<hex>` or `sha512:<hex>`; empty when it pins none. */
  readonly digests: readonly string[]
  /** Set when it does not come from a registry: a URL, a git repository, a folder. */
  readonly foreign?: string
}

export interface LockFile {
  readonly format: string
  readonly entries: readonly LockedPackage[]
}

export type Tree = { readonly [key: string]: unknown }

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {}
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Source: PEP 503. */
export function pypiName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** `sha512-<base64> sha1-<base64>` to the strongest that is checked here. Source: Subresource Integrity. */
export function sriDigests(integrity: unknown): readonly string[] {
  return textOf(integrity)
    .split(/\s+/)
    .flatMap((one) => {
      const [, algorithm, base64 = ''] = /^(sha1|sha256|sha384|sha512)-([A-Za-z0-9+/=]+)/.exec(one) ?? []
      return algorithm === undefined ? [] : [`${algorithm}:${Buffer.from(base64, 'base64').toString('hex')}`]
    })
}

/** The same package once, with all digests that any of its places allows. */
export function mergeEntries(entries: readonly LockedPackage[]): LockedPackage[] {
  const groups = Map.groupBy(
    entries,
    ({ type, name, version, foreign }) => `${type} ${name} ${version} ${foreign ?? ''}`,
  )
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, digests: [...new Set([first, ...others].flatMap(({ digests }) => digests))] }],
  )
}

export function unreadable(format: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('BAD_REQUEST', `this is no ${format}: ${why}`, { format }, { cause })
}
