// Policies in the audit log: which one holds for a repository from now on, and which one held before.
import type { Policy } from '../policy/policy.ts'
import type { Ledger } from '../storage/ledger.ts'

const SETTING = 'policies'

/** Compares with what the last start found; several processes that start at once may enter the same change twice. */
export async function recordPolicies(
  ledger: Pick<Ledger, 'audit' | 'setting' | 'putSetting'>,
  policies: ReadonlyMap<string, Policy>,
  now: Date,
): Promise<void> {
  const text = JSON.stringify(
    Object.fromEntries([...policies].map(([name, { revision }]) => [name, revision])),
  )
  const before = await ledger.setting(SETTING)
  if (before === text) return
  const former: Readonly<Record<string, string>> = JSON.parse(before ?? '{}')
  await ledger.audit.append(
    [...policies]
      .filter(([name, { revision }]) => former[name] !== revision)
      .map(([name, { revision, mode }]) => ({
        at: now.toISOString(),
        actor: 'gateway',
        action: 'policy-changed',
        subject: name,
        details: { policy: revision, mode, before: former[name] ?? '' },
      })),
  )
  await ledger.putSetting(SETTING, text)
}
