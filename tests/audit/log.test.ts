// The chain of the audit log: who cuts, edits or swaps an entry is found out, and two writers make one chain.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { auditFileOf, createAuditFile } from '../../src/audit/audit-file.ts'
import { checkpointKeyOf, makeCheckpoint } from '../../src/audit/checkpoints.ts'
import { formatAudit } from '../../src/audit/format.ts'
import { allEntries, verifyAudit } from '../../src/audit/verify.ts'
import type { AuditFact } from '../../src/storage/audit.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import { openSqliteLedger } from '../../src/storage/sqlite-ledger.ts'
import { claimOf, DIGEST_A, evidenceOf, verdictOf } from '../support/ledger-facts.ts'

let directory: string
let database: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-audit-'))
  database = join(directory, 'ledger.sqlite')
  file = auditFileOf(directory)
})

async function open(): Promise<Ledger> {
  const ledger = await openSqliteLedger(database)
  ledger.audit.copyTo(createAuditFile(file))
  return ledger
}

async function withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await open()
  try {
    return await use(ledger)
  } finally {
    await ledger.close()
  }
}

const fact = (subject: string, details = {}): AuditFact => ({
  at: '2026-01-02T03:04:05.000Z',
  actor: 'test',
  action: 'tried',
  subject,
  details,
})

const fill = () =>
  withLedger(async ({ audit }) => {
    for (let at = 0; at < 6; at += 1) await audit.append([fact(`thing ${at}`, { at })])
    await makeCheckpoint(audit, checkpointKeyOf(directory), new Date('2026-01-03'))
  })

const verify = () => withLedger(({ audit }) => verifyAudit(audit, file))

function edit(...statements: readonly string[]): void {
  const raw = new DatabaseSync(database)
  raw.exec('drop trigger audit_no_update; drop trigger audit_no_delete')
  for (const statement of statements) raw.exec(statement)
  raw.close()
}

describe('an untouched log', () => {
  it('is told to be one, in the ledger and in its file, which only the owner reads', async () => {
    await fill()
    expect(await verify()).toMatchObject({ entries: 6, checkpoints: 1, lines: 6, problems: [] })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(checkpointKeyOf(directory)).mode & 0o777).toBe(0o600)
  })

  it('cannot be changed by the statements of a client of the database', async () => {
    await fill()
    const raw = new DatabaseSync(database)
    expect(() => raw.exec('delete from audit')).toThrow('append-only')
    expect(() => raw.exec("update audit set actor = 'nobody'")).toThrow('append-only')
    raw.close()
  })

  it('stays one chain when two processes write it in turns, and one that has no file writes between', async () => {
    const [one, other] = [await open(), await open()]
    const silent = await openSqliteLedger(database)
    for (let at = 0; at < 5; at += 1) {
      await Promise.all([one.audit.append([fact(`one ${at}`)]), other.audit.append([fact(`other ${at}`)])])
      await silent.audit.append([fact(`silent ${at}`)])
    }
    await one.audit.append([fact('last')])
    expect(await verifyAudit(other.audit, file)).toMatchObject({ entries: 16, lines: 16, problems: [] })
    for (const ledger of [one, other, silent]) await ledger.close()
  })

  it('cuts off the torn line of a writer that was killed, and goes on', async () => {
    await fill()
    appendFileSync(file, '{"sequence":7,"at":"2026-')
    await withLedger(({ audit }) => audit.append([fact('after')]))
    expect(await verify()).toMatchObject({ entries: 7, lines: 7, problems: [] })
  })

  it('holds no secret that was in what it was told', async () => {
    await withLedger(({ audit }) =>
      audit.append([
        fact('login', { header: 'Bearer abcdefghijkl', password: 'hunter2', url: 'https://a:b@h/' }),
      ]),
    )
    expect(readFileSync(file, 'utf8')).not.toMatch(/abcdefghijkl|hunter2|a:b@/)
    expect(await verify()).toMatchObject({ problems: [] })
  })
})

describe('tampering is found', () => {
  it.each([
    ['a changed reason', "update audit set details = '{}' where sequence = 3", /entry 3 was changed/],
    ['a changed actor', "update audit set actor = 'nobody' where sequence = 2", /entry 2 was changed/],
    ['a removed entry', 'delete from audit where sequence = 4', /entry 4 is missing/],
    ['a cut end', 'delete from audit where sequence > 4', /only 4 are left/],
    [
      'an exchanged hash',
      `update audit set hash = '${'e'.repeat(64)}' where sequence = 6`,
      /another entry 6/,
    ],
  ])('%s', async (_, statement, problem) => {
    await fill()
    edit(statement)
    expect((await verify()).problems.join('\n')).toMatch(problem)
  })

  it('a line of the file', async () => {
    await fill()
    writeFileSync(file, readFileSync(file, 'utf8').replace('thing 2', 'thing 9'))
    expect((await verify()).problems.join('\n')).toMatch(/line 3 .* differs from entry 3/)
  })

  it('a forged checkpoint', async () => {
    await fill()
    edit("update audit_checkpoints set signature = 'AAAA'")
    expect((await verify()).problems.join('\n')).toMatch(/no valid signature/)
  })

  it('a ledger that was set back: the file is put aside, not overwritten', async () => {
    await fill()
    edit('delete from audit where sequence > 4', 'delete from audit_checkpoints')
    const before = readFileSync(file, 'utf8')
    await withLedger(({ audit }) => audit.append([fact('new'), fact('newer'), fact('newest')]))
    const aside = readdirSync(join(directory, 'audit')).filter((name) => name.includes('differs'))
    expect(aside).toHaveLength(1)
    expect(readFileSync(join(directory, 'audit', aside[0] ?? ''), 'utf8')).toBe(before)
  })
})

describe('a verdict', () => {
  const record = (ledger: Ledger, decidedAt: string) =>
    ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf({ decidedAt, outcome: 'blocked' }))

  it('is entered once, with what it was before', async () => {
    await withLedger(async (ledger) => {
      await ledger.replaceClaims('npm', 'left', [claimOf()])
      await ledger.linkArtifact(claimOf(), DIGEST_A, 1)
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
      await record(ledger, '2025-02-01T00:00:00.000Z')
      await record(ledger, '2025-02-02T00:00:00.000Z')
      const entries = await ledger.audit.entries({ action: 'decided' })
      expect(entries.map(({ details }) => [details['before'], details['outcome']])).toEqual([
        [undefined, 'approved'],
        ['approved', 'blocked'],
      ])
      expect(entries[0]?.subject).toBe('pkg:npm/left@1.0.0')
    })
  })

  it('does not stand when the file cannot take its entry, and stands once it can', async () => {
    await withLedger(async (ledger) => {
      await ledger.replaceClaims('npm', 'left', [claimOf()])
      await ledger.linkArtifact(claimOf(), DIGEST_A, 1)
      let full = true
      const copy = createAuditFile(file)
      ledger.audit.copyTo({
        ...copy,
        async write(entries, entriesAfter) {
          await copy.write(entries, entriesAfter)
          if (full) throw new Error('no space')
        },
      })
      await expect(record(ledger, '2025-02-01T00:00:00.000Z')).rejects.toMatchObject({ message: /no space/ })
      expect((await ledger.claim('npm', claimOf().path))?.verdict).toBeUndefined()
      await expect(ledger.audit.check(new Date())).rejects.toThrow('no space')
      full = false
      await ledger.audit.check(new Date())
      await record(ledger, '2025-02-01T00:00:00.000Z')
      expect(await verifyAudit(ledger.audit, file)).toMatchObject({ entries: 2, lines: 2, problems: [] })
    })
  })
})

it('leaves as CSV that no spreadsheet runs, and as JSON', async () => {
  await withLedger(async ({ audit }) => {
    await audit.append([fact('=cmd()', { said: 'a "quoted", thing' })])
    const text = async (format: 'csv' | 'json' | 'jsonl') => {
      let whole = ''
      for await (const piece of formatAudit(allEntries(audit), format)) whole += piece
      return whole
    }
    expect((await text('csv')).split('\r\n')[1]).toMatch(
      /^1,2026-01-02T03:04:05\.000Z,test,tried,'=cmd\(\),"\{""said"":""a \\""quoted\\"", thing""\}",0{64},[0-9a-f]{64}$/,
    )
    expect(JSON.parse(await text('json'))).toMatchObject([{ sequence: 1, subject: '=cmd()' }])
    expect(JSON.parse(await text('jsonl'))).toMatchObject({ sequence: 1 })
  })
})
