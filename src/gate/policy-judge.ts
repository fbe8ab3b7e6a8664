// A judge made of a policy, waivers and what the feeds say: plain data, so that index workers make the same one.
import { malwareOf, matchEntries, namedVersions } from '../advisories/match.ts'
import type { RepositorySettings } from '../ecosystems/ecosystem.ts'
import type { AdvisoryEntry, StaleFeed } from '../model/advisory.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Waiver } from '../model/waiver.ts'
import { decide, type Fix, screen } from '../policy/decide.ts'
import type { Policy } from '../policy/policy.ts'
import type { VersionOrder } from '../policy/version-range.ts'
import { waiversFor, waiversTouch } from '../policy/waiver.ts'
import type { AdvisoryData } from './advisory-data.ts'
import { refusesVulnerabilities } from './index-advisories.ts'
import type { Judge } from './judge.ts'
import { releasesOf, releasesOfClaim } from './releases.ts'
import type { Repository } from './repository.ts'
import { versionOrders } from './version-orders.ts'

/** Everything a judge of one index set needs. */
export interface JudgeData {
  readonly policy: Policy
  readonly revision: string
  /** Entries of the feeds that name the packages of this index set; `of-releases`: those of its releases, which the worker reads itself. */
  readonly advisories: readonly AdvisoryEntry[] | 'of-releases'
  readonly advisoryRevision: string
  /** OSV names of the releases that the repository serves. */
  readonly releases: readonly string[]
  readonly staleFeeds: readonly StaleFeed[]
  /** Whether the entries answer what is known to be vulnerable. */
  readonly audited: boolean
  readonly waivers: readonly Waiver[]
  /** Versions of the package that were served; only where the policy has a fast lane. */
  readonly served?: readonly string[]
}

/** Versions as their ecosystem orders them; what it cannot read comes before everything else. */
const order: VersionOrder = (type, a, b) => versionOrders[type].compare(a, b)

/** `byDigest`: entries of records that name the very bytes, under whatever name they come. */
export function createPolicyJudge(
  { policy, revision, advisories, releases, staleFeeds, waivers, served = [] }: JudgeData,
  byDigest: readonly AdvisoryEntry[] = [],
): Judge {
  const entries = advisories === 'of-releases' ? [] : advisories
  const all = entriesByClaim(entries)
  const createInput =
    (some: (claim: ArtifactClaim) => readonly AdvisoryEntry[]) => (claim: ArtifactClaim, now: Date) => ({
      claim,
      ...matchEntries(some(claim), claim, versionOrders, releasesOfClaim(releases, claim)),
      policy,
      waivers,
      now,
      order,
      fixes: () => fixOf(claim, all(claim), served),
    })
  const inputFor = createInput(all)
  // What is only warned of refuses nothing ahead of the bytes: an index of a thousand versions need not match it.
  const screened = refusesVulnerabilities(policy)
    ? inputFor
    : createInput(entriesByClaim(entries.filter(({ kind }) => kind !== 'vulnerability')))
  return {
    revision,
    policyRevision: policy.revision,
    screen: (claim, now) => screen(screened(claim, now)),
    standsBy: (claim, sha256, verdict, now) =>
      verdict.policy === policy.revision &&
      !isDue(verdict, now) &&
      !waiversTouch(waiversFor(waivers, { ...claim, sha256 }, now, order), verdict),
    decide: (claim, evidence, now, approvedBefore = false) => {
      const input = inputFor(claim, now)
      const named = new Set(input.malware.map(({ id }) => id))
      const more = byDigest
        .filter((entry) => !named.has(entry.id) && entry.digests?.includes(evidence.sha256))
        .map(malwareOf)
      const malware = [...input.malware, ...more]
      return decide({ ...input, malware, evidence, staleFeeds, approvedBefore })
    },
  }
}

function entriesByClaim(
  entries: readonly AdvisoryEntry[],
): (claim: ArtifactClaim) => readonly AdvisoryEntry[] {
  if (entries.length <= FEW) return () => entries
  const byName = Map.groupBy(entries, ({ name }) => name)
  return (claim) =>
    [...new Set(namedVersions(claim).map(({ name }) => name))].flatMap((name) => byName.get(name) ?? [])
}

function isDue({ reconsiderAt }: Verdict, now: Date): boolean {
  return reconsiderAt !== undefined && Date.parse(reconsiderAt) <= now.getTime()
}

/** The first advisory that names an older version that was served, and not this one. Source of the order: the ecosystem. */
function fixOf(
  claim: ArtifactClaim,
  entries: readonly AdvisoryEntry[],
  served: readonly string[],
): Fix | undefined {
  const { compare } = versionOrders[claim.type]
  const idsOf = (version: string) =>
    matchEntries(entries, { ...claim, version, digests: {} }, versionOrders).vulnerabilities.map(
      ({ id }) => id,
    )
  const own = idsOf(claim.version)
  for (const older of served.filter((version) => compare(version, claim.version) < 0)) {
    const advisory = idsOf(older).find((id) => !own.includes(id))
    if (advisory !== undefined) return { advisory, served: older }
  }
  return undefined
}

/** A list that is shorter is looked through for each claim; a longer one is a whole index's. */
const FEW = 2000

type Settings = Pick<RepositorySettings, 'name' | 'type' | 'upstreams' | 'options'>

/** Judges by repository, always of today's policy, feeds and waivers. */
export interface JudgeSource {
  /** Of what concerns the packages of these names; without names, a whole repository. */
  revisionOf(settings: Settings, names?: readonly string[]): string
  /** For an index set: of one package (its key), or of a whole repository. */
  dataFor(repository: Repository, indexKey: string): Promise<JudgeData>
  judgeFor(settings: Settings, claim: ArtifactClaim, sha256?: string): Promise<Judge>
  /** Names of which every version is refused. */
  withheldNames(settings: Settings, names: readonly string[]): Promise<ReadonlySet<string>>
}

export interface JudgeSourceParts {
  /** Policy by repository name. */
  readonly policyOf: (repository: string) => Policy
  readonly advisories: AdvisoryData
  /** Versions of a package that were given to anybody; without it no fix is released early. */
  readonly served?: (repository: string, name: string) => Promise<readonly string[]>
  readonly waivers: () => { readonly revision: string; readonly waivers: readonly Waiver[] }
  readonly now: () => Date
}

/** Under which names feeds know a claim. */
export function advisoryNames(claim: ArtifactClaim): readonly string[] {
  const isOne = claim.type === 'npm' || claim.type === 'pypi'
  return isOne ? [claim.name] : namedVersions(claim).map(({ name }) => name)
}

export function createJudgeSource(parts: JudgeSourceParts): JudgeSource {
  const { advisories } = parts

  function revisionOf({ name, type }: Settings, names?: readonly string[]): string {
    const stale = advisories.staleFeeds(type).map((feed) => ` stale:${feed.name}`)
    const said = advisories.revisionOf(type, names)
    return `${parts.policyOf(name).revision} ${said} ${parts.waivers().revision}${stale.join('')}`
  }

  const dataOf = (
    settings: Settings,
    entries: JudgeData['advisories'],
    names?: readonly string[],
  ): JudgeData => ({
    policy: parts.policyOf(settings.name),
    revision: revisionOf(settings, names),
    advisories: entries,
    advisoryRevision: advisories.revisionOf(settings.type, names),
    releases: releasesOf(settings),
    staleFeeds: advisories.staleFeeds(settings.type),
    audited: advisories.audits(settings.type) === 'answered',
    waivers: parts.waivers().waivers,
  })

  async function dataOfNames(settings: Settings, names: readonly string[]): Promise<JudgeData> {
    // The revision first: entries that change meanwhile then count as unread.
    const data = dataOf(settings, [], names)
    const lane = data.policy.rules.some(({ fastLane }) => fastLane === true)
    const [name] = names
    const served = lane && name !== undefined ? await parts.served?.(settings.name, name) : undefined
    const entries = await advisories.entriesOf(settings.type, names)
    return { ...data, advisories: entries, ...(served === undefined ? {} : { served }) }
  }

  return {
    revisionOf,
    async dataFor({ settings, ecosystem }, key) {
      if (ecosystem.indexScope === 'package') return dataOfNames(settings, [key])
      return dataOf(settings, advisories.answersFor(settings.type) ? 'of-releases' : [])
    },
    async judgeFor(settings, claim, sha256) {
      await advisories.ensureFresh(settings.type)
      const data = await dataOfNames(settings, advisoryNames(claim))
      return createPolicyJudge(data, sha256 === undefined ? [] : await advisories.entriesOfDigest(sha256))
    },
    async withheldNames(settings, names) {
      const withheld = new Set<string>()
      for (const name of names) {
        const judge = createPolicyJudge(await dataOfNames(settings, [name]))
        const verdict = judge.screen(anyVersionOf(settings, name), parts.now())
        if (verdict?.outcome === 'blocked') withheld.add(name)
      }
      return withheld
    },
  }
}

/** A version that no feed enumerates: refused only when the whole package is. */
function anyVersionOf({ name: repository, type }: Settings, name: string): ArtifactClaim {
  return {
    repository,
    type,
    name,
    version: '0.0.0-0',
    path: '',
    indexKey: name,
    url: '',
    publishedAt: '1970-01-01T00:00:00.000Z',
    digests: {},
    facts: {},
  }
}
