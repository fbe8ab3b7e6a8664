// A judge made of a policy, waivers and what the malware feeds say: plain data, so that index workers make the same one.
import { type MalwareEntry, type MalwareFeed, matchEntries } from '../advisories/malware-feed.ts'
import { ecosystemOf } from '../ecosystems/all.ts'
import type { ArtifactClaim, PurlType } from '../model/claim.ts'
import type { MalwareRecord } from '../model/malware.ts'
import { decide, screen } from '../policy/decide.ts'
import type { Policy } from '../policy/policy.ts'
import type { VersionOrder } from '../policy/version-range.ts'
import type { Waiver } from '../policy/waiver.ts'
import type { Judge } from './judge.ts'

/** Everything a judge of one index set needs. */
export interface JudgeData {
  readonly policy: Policy
  readonly revision: string
  /** Entries of the feeds that name the packages of this index set. */
  readonly malware: readonly MalwareEntry[]
  readonly waivers: readonly Waiver[]
}

/** Versions as their ecosystem orders them; what it cannot read comes before everything else. */
const order: VersionOrder = (type, a, b) => ecosystemOf(type).compareVersions(a, b)

/** `byDigest` finds records that name the very bytes, under whatever name they come. */
export function createPolicyJudge(
  { policy, revision, malware, waivers }: JudgeData,
  byDigest: (sha256: string) => readonly MalwareRecord[] = () => [],
): Judge {
  const inputFor = (claim: ArtifactClaim, now: Date) => ({
    claim,
    malware: matchEntries(malware, claim),
    policy,
    waivers,
    now,
    order,
  })
  return {
    revision,
    policyRevision: policy.revision,
    screen: (claim, now) => screen(inputFor(claim, now)),
    decide: (claim, evidence, now) => {
      const input = inputFor(claim, now)
      const named = new Set(input.malware.map(({ id }) => id))
      const more = byDigest(evidence.sha256).filter(({ id }) => !named.has(id))
      return decide({ ...input, malware: [...input.malware, ...more], evidence })
    },
  }
}

/** Judges by repository, always of today's policy, feeds and waivers. */
export interface JudgeSource {
  revisionOf(repository: string): string
  /** For an index set: of one package (its key), or of a whole repository. */
  dataFor(repository: string, type: PurlType, indexKey: string): Promise<JudgeData>
  judgeFor(repository: string, claim: ArtifactClaim): Promise<Judge>
  /** Names of which every version is refused. */
  withheldNames(repository: string, type: PurlType, names: readonly string[]): Promise<ReadonlySet<string>>
}

export interface JudgeSourceParts {
  /** Policy by repository name. */
  readonly policyOf: (repository: string) => Policy
  readonly feed: () => MalwareFeed
  readonly waivers: () => { readonly revision: string; readonly waivers: readonly Waiver[] }
  readonly now: () => Date
}

export function createJudgeSource(parts: JudgeSourceParts): JudgeSource {
  const revisionOf = (repository: string) =>
    `${parts.policyOf(repository).revision} ${parts.feed().revision} ${parts.waivers().revision}`

  const dataOf = (repository: string, malware: readonly MalwareEntry[]): JudgeData => ({
    policy: parts.policyOf(repository),
    revision: revisionOf(repository),
    malware,
    waivers: parts.waivers().waivers,
  })

  return {
    revisionOf,
    dataFor: async (repository, type, key) => dataOf(repository, parts.feed().entriesOf(type, key)),
    judgeFor: async (repository, claim) =>
      createPolicyJudge(dataOf(repository, parts.feed().entriesOf(claim.type, claim.name)), (sha256) =>
        parts.feed().recordsOf(sha256),
      ),
    async withheldNames(repository, type, names) {
      const withheld = names.filter((name) => {
        const judge = createPolicyJudge(dataOf(repository, parts.feed().entriesOf(type, name)))
        // A version that no feed enumerates: refused only when the whole package is.
        const claim = {
          repository,
          type,
          name,
          version: '0.0.0-0',
          path: '',
          indexKey: name,
          url: '',
          digests: {},
          facts: {},
        }
        return (
          judge.screen({ ...claim, publishedAt: '1970-01-01T00:00:00.000Z' }, parts.now())?.outcome ===
          'blocked'
        )
      })
      return new Set(withheld)
    },
  }
}
