// However many verdicts are newer: what waits is listed, and what is refused is told to CI.
import { expect, it } from 'vitest'
import { mintToken } from '../../src/access/token.ts'
import { planRuling, reviewItems } from '../../src/review/review.ts'
import { targetOf } from '../../src/review/target.ts'
import { allLedgers } from '../../src/storage/all.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import { openInProcess } from '../gate/in-process.ts'
import { claimOf, evidenceOf, verdictOf } from '../support/ledger-facts.ts'

const SLOW = { timeout: 120_000 }
const limits = { longestMs: 90 * 86_400_000, reviewWithinMs: 7 * 86_400_000 }

/** Approvals of other files of one version, decided after everything before. */
async function approveMany(ledger: Ledger, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const claim = claimOf({ path: `left/-/left-1.0.0-${at}.tgz` })
    await ledger.recordVerdict(claim, at === 0 ? evidenceOf() : undefined, verdictOf())
  }
}

it(
  'the oldest of 1,200 is listed as waiting, and can be approved and revoked by its name',
  SLOW,
  async () => {
    const [backend] = allLedgers
    const ledger = await backend?.openForTest()
    if (ledger === undefined) throw new Error('no ledger')
    const now = new Date('2025-01-01T12:00:00Z')
    const held = verdictOf({ outcome: 'held', reasons: [{ rule: 'install-hooks', text: 'runs setup.js' }] })
    await ledger.recordVerdict(claimOf({ name: 'old' }), evidenceOf(), held)
    await approveMany(ledger, 1200)
    const parts = { ledger, now, limits }
    const waiting = await reviewItems(parts, { states: ['needs-review', 'held', 'expired', 'failed'] })
    expect(waiting.map(({ state, verdict }) => [state, verdict.name])).toEqual([['needs-review', 'old']])
    const all = await reviewItems(parts, { limit: Number.POSITIVE_INFINITY })
    expect([all.length, all.at(-1)?.verdict.name]).toEqual([1201, 'old'])

    // Every file of a package is looked at: the one that is served is the oldest of more than a page.
    for (let at = 1; at < 1200; at += 1)
      await ledger.recordVerdict(
        claimOf({ path: `left/-/left-1.0.0-${at}.tgz` }),
        undefined,
        verdictOf({ outcome: 'blocked' }),
      )
    const ruling = { target: targetOf('pkg:npm/left'), reason: 'taken over', actor: 'test' }
    expect(await planRuling(parts, { ...ruling, verb: 'revoke' })).toHaveLength(1)
    await ledger.close()
  },
)

it('check is not ok when the one refused file is older than 300 approved ones', SLOW, async () => {
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: ['http://upstream.test'] }],
  })
  const { ledger } = gateway.gateway.parts
  const { token, stored, fact } = mintToken(
    { label: 'ci', role: 'client', repositories: ['*'] },
    'test',
    new Date(),
  )
  await ledger.tokens.add(stored, fact)
  await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf({ outcome: 'blocked' }))
  await approveMany(ledger, 300)
  await new Promise((resolve) => setTimeout(resolve, 700)) // until the gateway has seen the token
  const answer = await gateway.gateway.app.request('http://gateway.test/-/api/v1/check', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ purls: ['pkg:npm/left@1.0.0'] }),
  })
  expect(await answer.json()).toMatchObject({ ok: false, summary: { blocked: 1 } })
  await gateway.close()
})
