// Every package of a lock file through the artifact door, before anybody installs it.

import type { LockedPackage } from '../lockfiles/locked.ts'
import { readLockFile } from '../lockfiles/read.ts'
import { companionSubject } from '../model/claim.ts'
import { asGatewayError } from '../model/errors.ts'
import type { Reason, Verdict } from '../model/verdict.ts'
import type { ClaimState } from '../storage/ledger.ts'
import { eachBounded } from './bounded.ts'
import type { DecideArtifact } from './decide-artifact.ts'
import { type DeriveParts, deriveVerdict } from './drift/derive.ts'
import type { IndexSource } from './index-source.ts'
import type { Repository } from './repository.ts'

export interface PreflightEntry {
  readonly type: LockedPackage['type']
  readonly name: string
  readonly version: string
  /** `unknown`: nobody could tell, see the reasons. */
  readonly outcome: Verdict['outcome'] | 'unknown'
  readonly reasons: readonly Reason[]
  readonly repository?: string
  /** The file that was examined; of a PyPI version with many wheels, the one that most would install. */
  readonly path?: string
  /** Nearest version that is approved, where this one is not. */
  readonly nearest?: string
}

export interface PreflightReport {
  readonly format: string
  readonly approved: number
  readonly refused: number
  readonly unknown: number
  readonly milliseconds: number
  readonly entries: readonly PreflightEntry[]
}

export interface PreflightOptions {
  readonly signal?: AbortSignal
  /** Repositories that are looked in; all unless told. */
  readonly mayRead?: (repository: string) => boolean
}

export type Preflight = (
  fileName: string,
  text: string,
  options?: PreflightOptions,
) => Promise<PreflightReport>

export interface PreflightParts extends DeriveParts {
  readonly repositories: ReadonlyMap<string, Repository>
  readonly source: IndexSource
  readonly decide: DecideArtifact
}

/** Packages under way at once: most wait for the upstream, and the pool bounds what is examined. */
const WIDTH = 12
/** Versions examined in search of one that is approved. */
const NEAREST_TRIES = 3

/** Throws BAD_REQUEST for what is no lock file. */
export function createPreflight(parts: PreflightParts): Preflight {
  return async (fileName, text, { signal, mayRead = () => true } = {}) => {
    const started = performance.now()
    const { format, entries: locked } = readLockFile(fileName, text)
    const entries = await eachBounded(locked, WIDTH, async (one) =>
      signal?.aborted ? unknown(one, 'stopped before it was looked at') : check(one, mayRead),
    )
    const count = (...outcomes: string[]) =>
      entries.filter(({ outcome }) => outcomes.includes(outcome)).length
    return {
      format,
      approved: count('approved'),
      refused: count('held', 'blocked'),
      unknown: count('unknown'),
      milliseconds: Math.round(performance.now() - started),
      entries,
    }
  }

  async function check(
    locked: LockedPackage,
    mayRead: (repository: string) => boolean,
  ): Promise<PreflightEntry> {
    if (locked.foreign !== undefined)
      return unknown(locked, `does not come from a registry: ${locked.foreign.slice(0, 120)}`)
    const candidates = [...parts.repositories.values()].filter(
      ({ settings }) => settings.type === locked.type && mayRead(settings.name),
    )
    let reason = `no repository of the type ${locked.type} is configured`
    for (const repository of candidates) {
      try {
        const states = await statesOf(repository, locked.name)
        const own = states.filter(
          ({ claim }) => repository.ecosystem.compareVersions(claim.version, locked.version) === 0,
        )
        if (own.length > 0) return await checkIn(repository, locked, own, states)
        reason = `${repository.settings.name} has no ${locked.name} ${locked.version}`
      } catch (thrown) {
        reason = asGatewayError(thrown).message
      }
    }
    return unknown(locked, reason)
  }

  async function statesOf(repository: Repository, name: string): Promise<readonly ClaimState[]> {
    await parts.source.ensureClaims(repository, name, false)
    const states = await parts.ledger.claimsOf(repository.settings.name, name)
    return states.filter(({ claim }) => companionSubject(claim) === undefined)
  }

  async function checkIn(
    repository: Repository,
    locked: LockedPackage,
    own: readonly ClaimState[],
    all: readonly ClaimState[],
  ): Promise<PreflightEntry> {
    const allowed = own.filter(({ claim }) => isLocked({ ...claim.digests }, locked.digests))
    const [chosen] = allowed.toSorted((a, b) => preference(b.claim.path) - preference(a.claim.path))
    const { type, name, version } = locked
    const told = { type, name, version, repository: repository.settings.name }
    if (chosen === undefined) {
      const text = 'the upstream promises other bytes than the lock file pins'
      return {
        ...told,
        outcome: 'blocked',
        reasons: [{ rule: 'lock-digest-differs', severity: 'critical', text }],
      }
    }
    const { path } = chosen.claim
    const { outcome, reasons } = await verdictOf(repository, chosen)
    if (outcome === 'approved') return { ...told, path, outcome, reasons }
    const nearest = await nearestApproved(repository, version, all)
    return { ...told, path, outcome, reasons, ...(nearest === undefined ? {} : { nearest }) }
  }

  /** What is on record when nothing has drifted; else the door's own answer. */
  async function verdictOf({ ...repository }: Repository, { claim, verdict }: ClaimState): Promise<Verdict> {
    const derived = verdict && (await deriveVerdict(parts, repository.settings, claim.path))
    if (derived?.drifted === 'same' && derived.now !== undefined) return derived.now
    const request = { kind: 'artifact', path: claim.path, key: claim.indexKey } as const
    return (await parts.decide(repository, request, 'background')).verdict
  }

  /** Fixes come first: the next higher versions, then the next lower ones. */
  async function nearestApproved(
    repository: Repository,
    version: string,
    all: readonly ClaimState[],
  ): Promise<string | undefined> {
    const order = repository.ecosystem.compareVersions
    const byVersion = Map.groupBy(all, ({ claim }) => claim.version)
    const versions = [...byVersion.keys()].filter((one) => !PRERELEASE.test(one)).sort(order)
    const higher = versions.filter((one) => order(one, version) > 0)
    const lower = versions.filter((one) => order(one, version) < 0).reverse()
    const tries = [...higher.slice(0, NEAREST_TRIES), ...higher.slice(-1), ...lower.slice(0, NEAREST_TRIES)]
    for (const one of new Set(tries)) {
      const [best] = (byVersion.get(one) ?? []).toSorted(
        (a, b) => preference(b.claim.path) - preference(a.claim.path),
      )
      const verdict = best && (await verdictOf(repository, best).catch(() => undefined))
      if (verdict?.outcome === 'approved') return one
    }
    return undefined
  }
}

const PRERELEASE = /-|(?:a|b|rc|\.?dev)\d*$/

function unknown({ type, name, version }: LockedPackage, text: string): PreflightEntry {
  return { type, name, version, outcome: 'unknown', reasons: [{ rule: 'preflight', text }] }
}

/** A lock file without digests of the kind that the index promises cannot contradict it. */
function isLocked(
  promised: Readonly<Record<string, string | undefined>>,
  locked: readonly string[],
): boolean {
  const comparable = locked.filter((one) => promised[one.slice(0, one.indexOf(':'))] !== undefined)
  return (
    comparable.length === 0 ||
    comparable.some((one) => {
      const colon = one.indexOf(':')
      return promised[one.slice(0, colon)] === one.slice(colon + 1)
    })
  )
}

/** Wheels for everybody, then for the usual machine, then source. */
function preference(path: string): number {
  if (path.endsWith('-none-any.whl')) return 3
  if (/manylinux.*x86_64.*\.whl$/.test(path)) return 2
  return path.endsWith('.whl') ? 0 : 1
}
