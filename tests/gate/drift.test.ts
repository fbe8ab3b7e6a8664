// What was served and turns out to be bad: revoked at both doors, recalled with the names of those who have it, and restored by itself.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExaminerPool } from '../../src/scanners/examination.ts'
import { allKinds, type Kind } from './drift-kinds.ts'
import { type InProcess, inProcessPool, openInProcess } from './in-process.ts'

const SLOW = { timeout: 120_000 }
const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** A pool whose scanners learn, when told to, that files with this mark in their name are harmful. */
function learningPool(mark: string): { pool: ExaminerPool; learn(bad: boolean): void } {
  const pool = inProcessPool()
  let bad = false
  const examine: ExaminerPool['examine'] = async (job, priority) => {
    const evidence = await pool.examine(job, priority)
    if (!bad || !job.fileName.includes(mark)) return evidence
    const finding = { rule: 'learnt', layer: 'malware', severity: 'critical', title: 'harmful' } as const
    return { ...evidence, findings: [...evidence.findings, finding] }
  }
  return {
    pool: { ...pool, examine },
    learn: (now) => {
      bad = now
    },
  }
}

async function eventually(what: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error('it never came true')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe.each(allKinds)('%s', (_, makeKind) => {
  let kind: Kind
  let gateway: InProcess
  let learn: (bad: boolean) => void

  beforeEach(async () => {
    kind = await makeKind()
    opened.push(kind)
    const taught = learningPool(kind.mark)
    learn = taught.learn
    gateway = await openInProcess({ repositories: [kind.repository], given: { pool: taught.pool } })
    opened.push(gateway)
  }, 120_000)

  it('revokes what is served, drops it from the index, names who has it, and restores it', SLOW, async () => {
    const { drift, parts } = gateway.gateway
    expect(await kind.lists(gateway)).toBe(true)
    const asked = { 'user-agent': 'client/1.0' }
    expect((await gateway.get(kind.artifact, asked)).status).toBe(200)
    expect((await drift.run({ what: 'changed' })).changes).toEqual([])

    learn(true)
    const dry = await drift.run({ what: 'all' }, { dryRun: true })
    expect(dry.changes).toMatchObject([{ why: 'asked', before: 'approved' }])
    expect((await gateway.get(kind.artifact)).status).toBe(200)

    const report = await drift.run({ what: 'all' })
    expect(report.changes).toMatchObject([
      { before: 'approved', after: 'blocked', reasons: [{ rule: 'learnt' }] },
    ])
    expect((await gateway.get(kind.artifact)).status).toBe(403)
    await eventually(async () => !(await kind.lists(gateway)))
    const [recall] = await parts.ledger.recalls.list({ name: 'tool', mentions: 'learnt' })
    expect(recall?.restoredAt).toBeUndefined()
    const { repository, path, sha256 } = recall ?? { repository: '', path: '', sha256: '' }
    expect(await parts.ledger.requests.recipientsOf(repository, path, sha256)).toMatchObject([
      { userAgent: 'client/1.0', downloads: 1 },
      { userAgent: '', downloads: 1 },
    ])

    learn(false)
    expect((await drift.run({ what: 'all' })).changes).toMatchObject([
      { before: 'blocked', after: 'approved' },
    ])
    expect((await gateway.get(kind.artifact)).status).toBe(200)
    await eventually(() => kind.lists(gateway))
    expect((await parts.ledger.recalls.list({ name: 'tool' }))[0]?.restoredAt).toBeDefined()
  })
})

it('follows what another process decided, within a second', SLOW, async () => {
  const [, makeKind] = allKinds[0] ?? []
  const kind = await makeKind?.()
  if (kind === undefined) throw new Error('no kind')
  opened.push(kind)
  const { pool, learn } = learningPool(kind.mark)
  const serving = await openInProcess({ repositories: [kind.repository], given: { pool } })
  opened.push(serving)
  expect((await serving.get(kind.artifact)).status).toBe(200)
  expect(await kind.lists(serving)).toBe(true)
  learn(true)
  const other = await openInProcess({
    repositories: [kind.repository],
    directory: serving.directory,
    given: { pool },
  })
  await other.gateway.drift.run({ what: 'all' })
  await other.gateway.close()
  await eventually(async () => (await serving.get(kind.artifact)).status === 403)
  await eventually(async () => !(await kind.lists(serving)))
})
