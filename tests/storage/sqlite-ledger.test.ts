// What the SQLite ledger does when its file is damaged, locked, replaced, or from another time.
import { copyFile, mkdtemp, open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Ledger } from '../../src/storage/ledger.ts'
import { allMigrations } from '../../src/storage/migrations/all.ts'
import { openSqliteLedger } from '../../src/storage/sqlite-ledger.ts'
import { claimOf, claimsOf, DIGEST_A, evidenceOf, verdictOf } from '../support/ledger-facts.ts'

let file: string

beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'sallyport-ledger-')), 'ledger.sqlite')
})

async function fill(): Promise<void> {
  const ledger = await openSqliteLedger(file)
  await ledger.replaceClaims('npm', 'left', claimsOf('left', 500))
  await ledger.close()
}

const failure = () => ({ code: 'LEDGER_FAILED', message: expect.stringContaining(file) })

describe('a damaged file', () => {
  it('that is no database is refused, and left as it is', async () => {
    await writeFile(file, 'this is not a database, and it is long enough to be looked at'.repeat(20))
    const before = await readFile(file)
    await expect(openSqliteLedger(file)).rejects.toMatchObject(failure())
    expect(await readFile(file)).toEqual(before)
  })

  it('with pages overwritten fails every reading, never an empty answer', async () => {
    await fill()
    const { size } = await stat(file)
    const handle = await open(file, 'r+')
    await handle.write(Buffer.alloc(size - 3 * 4096, 0xa5), 0, size - 3 * 4096, 3 * 4096)
    await handle.close()
    await expectFailure(async (ledger) => ledger.claimsOf('npm', 'left'))
  })

  it('that lost its end fails every reading, never an empty answer', async () => {
    await fill()
    await truncate(file, 5 * 4096)
    await expectFailure(async (ledger) => ledger.claimsOf('npm', 'left'))
  })

  it('with an unreadable value fails, and names the column', async () => {
    await fill()
    edit("update claims set facts = '{broken'")
    await expectFailure(async (ledger) => ledger.claim('npm', claimOf().path), 'claims.facts')
  })

  it('with an outcome nobody knows fails', async () => {
    await approveOne()
    edit("update verdicts set outcome = 'fine'")
    await expectFailure(async (ledger) => ledger.claim('npm', claimOf().path), 'verdicts.outcome')
  })

  it.each([
    ['that is not there', 'update claims set verdict_id = 999'],
    ['on other bytes', "update claims set sha256 = 'ffff'"],
  ])('whose claim points at a verdict %s fails', async (_, change) => {
    await approveOne()
    edit(change)
    await expectFailure(async (ledger) => ledger.claim('npm', claimOf().path), 'claims.verdict_id')
  })

  // The opening may notice the damage already; both are refusals.
  async function expectFailure(read: (ledger: Ledger) => Promise<unknown>, text = file): Promise<void> {
    const attempt = (async () => {
      const ledger = await openSqliteLedger(file)
      return read(ledger).finally(() => ledger.close())
    })()
    await expect(attempt).rejects.toMatchObject(failure())
    await expect(attempt).rejects.toThrow(text)
  }

  async function approveOne(): Promise<void> {
    const ledger = await openSqliteLedger(file)
    await ledger.replaceClaims('npm', 'left', [claimOf()])
    await ledger.linkArtifact(claimOf(), DIGEST_A, 1)
    await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
    await ledger.close()
  }

  function edit(sql: string): void {
    const database = new DatabaseSync(file)
    database.exec(sql)
    database.close()
  }
})

describe('a locked database', () => {
  it('fails a write after the wait, naming the file, while reading goes on', async () => {
    await fill()
    const ledger = await openSqliteLedger(file, { lockWaitMs: 50 })
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    await expect(ledger.putSetting('policy', 'one')).rejects.toMatchObject(failure())
    await expect(ledger.check()).rejects.toMatchObject(failure())
    expect(await ledger.claimsOf('npm', 'left')).toHaveLength(500)
    other.exec('commit')
    await ledger.putSetting('policy', 'one')
    expect(await ledger.setting('policy')).toBe('one')
    other.close()
    await ledger.close()
  })

  it('is waited for without holding up the rest of the process', async () => {
    await fill()
    const ledger = await openSqliteLedger(file)
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    const written = ledger.putSetting('policy', 'one')
    let turns = 0
    for (; turns < 5; turns += 1) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await ledger.setting('policy')).toBeUndefined()
    other.exec('commit')
    await written
    expect(await ledger.setting('policy')).toBe('one')
    other.close()
    await ledger.close()
  })

  it('by our own long write does not hold up reading, which sees all of it or nothing', async () => {
    const ledger = await openSqliteLedger(file)
    const writing = ledger.replaceClaims('npm', 'left', claimsOf('left', 3000))
    const seen = new Set<number>()
    let done = false
    const finished = writing.then(() => {
      done = true
    })
    while (!done) {
      seen.add((await ledger.claimsOf('npm', 'left')).length)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await finished
    seen.add((await ledger.claimsOf('npm', 'left')).length)
    expect([...seen].sort()).toEqual([0, 3000])
    await ledger.close()
  })
})

describe('the file', () => {
  it('is made together with its directory', async () => {
    const nested = join(file, '..', 'a', 'b', 'ledger.sqlite')
    const ledger = await openSqliteLedger(nested)
    await ledger.check()
    await ledger.close()
    expect((await stat(nested)).size).toBeGreaterThan(0)
  })

  it('that cannot be made is a failure that names it', async () => {
    await writeFile(file, '')
    const inside = join(file, 'ledger.sqlite')
    await expect(openSqliteLedger(inside)).rejects.toMatchObject({
      code: 'LEDGER_FAILED',
      message: expect.stringContaining(inside),
    })
  })

  it('that was taken away or replaced while in use fails the check', async () => {
    await fill()
    await copyFile(file, `${file}.copy`)
    const ledger = await openSqliteLedger(file)
    await ledger.check()
    await rename(file, `${file}.away`)
    await expect(ledger.check()).rejects.toMatchObject(failure())
    await rename(`${file}.copy`, file)
    await expect(ledger.check()).rejects.toMatchObject(failure())
    await ledger.close()
  })

  it('keeps what it holds when it is opened again', async () => {
    await fill()
    const ledger = await openSqliteLedger(file)
    expect(await ledger.claimsOf('npm', 'left')).toHaveLength(500)
    await ledger.close()
  })

  it('of a newer version is refused', async () => {
    await fill()
    const database = new DatabaseSync(file)
    database.exec(
      "insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2099-01-01T00:00:00Z')",
    )
    database.close()
    await expect(openSqliteLedger(file)).rejects.toMatchObject(failure())
  })

  it('is made by migrations whose names are in order', () => {
    const names = allMigrations.map(({ name }) => name)
    expect(names).toEqual([...names].sort())
    expect(new Set(names).size).toBe(names.length)
  })
})
