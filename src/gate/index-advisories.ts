// Advisories for a whole repository's index, read by the worker that renders it: only what its releases and its policy ask for.

import { newestEntries } from '../advisories/match.ts'
import type { Remember } from '../ecosystems/ecosystem.ts'
import type { PurlType } from '../model/claim.ts'
import type { Policy } from '../policy/policy.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { JudgeData } from './policy-judge.ts'

/** What an entry takes in memory, roughly. */
const ENTRY_BYTES = 600

/** The same data with the entries of its releases, when there are any to read; they are kept until an advisory of the kind changes. */
export async function withAdvisories(
  data: JudgeData,
  type: PurlType,
  ledger: Pick<Ledger, 'advisories'>,
  remember: Remember,
): Promise<JudgeData> {
  if (data.advisories !== 'of-releases') return data
  const { policy, releases, advisoryRevision } = data
  const refuses = refusesVulnerabilities(policy)
  const key = `advisories ${type} ${releases.join()} ${refuses} ${advisoryRevision}`
  const advisories = await remember(key, async () => {
    const entries = newestEntries(await ledger.advisories.entriesOfReleases(type, releases))
    const value = refuses ? entries : entries.filter(({ kind }) => kind !== 'vulnerability')
    return { value, sizeBytes: value.length * ENTRY_BYTES }
  })
  return { ...data, advisories }
}

/** An index shows what is only warned of: such advisories need not be read for it. */
export function refusesVulnerabilities({ rules, deniedAdvisories = [] }: Policy): boolean {
  const isRefusal = ({ subject, outcome }: Policy['rules'][number]) =>
    subject === 'vulnerability' && (outcome === 'hold' || outcome === 'block')
  return deniedAdvisories.length > 0 || rules.some(isRefusal)
}
