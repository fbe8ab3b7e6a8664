// kill -9 of the gateway during first fetches: afterwards nothing unexamined is served, no blob is damaged, no claim is lost.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storedBlobs } from '../support/data-tree.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { rawRequest } from '../support/raw-request.ts'
import type { Cell } from './row.ts'
import { doorRows } from './rows.ts'

const KILLS = Number(process.env['KILLS'] ?? 20)
/** Repositories, so that each round has first fetches left. */
const CELLS = 40

describe(`all of ${doorRows.map(({ type }) => type).join(', ')} in one gateway`, () => {
  const cells: Cell[] = []
  const data = mkdtempSync(join(tmpdir(), 'sallyport-kill-'))
  /** Indexes that a client was given before a kill. */
  const seenIndexes = new Set<Cell>()

  beforeAll(async () => {
    for (let at = 0; at < CELLS; at += 1) {
      const row = doorRows[at % doorRows.length]
      if (row !== undefined) cells.push(await row.makeCell(`r${at}`))
    }
  })

  afterAll(async () => {
    for (const { upstream } of cells) await upstream.close()
    rmSync(data, { recursive: true, force: true })
  })

  const start = () =>
    startGateway({ dataDirectory: data, config: { repositories: cells.map(({ repository }) => repository) } })

  it(`keeps its promises over ${KILLS} kills`, { timeout: 900_000 }, async () => {
    for (let round = 0; round < KILLS; round += 1) {
      const gateway = await start()
      const due = cells.slice(0, 2 * (round + 1))
      const before = seenIndexes.size
      const asking = Promise.all(due.map((cell) => askBoth(gateway, cell)))
      // From at once, over the first indexes, to the middle of examinations.
      let answered = false
      const asked = asking.finally(() => {
        answered = true
      })
      while (!answered && seenIndexes.size < before + (round % 3)) await sleep(2)
      if (!answered) await sleep(round * 10)
      await gateway.kill()
      await asked
      expect(storedBlobs(data).filter(({ isWhole }) => !isWhole)).toEqual([])
    }
    await expectRemembered()
    await expectWhole(await start())
  })

  /** Whatever gets out while the process dies is whole and honest. */
  async function askBoth(gateway: GatewayProcess, cell: Cell): Promise<void> {
    const index = await rawRequest(gateway.url, cell.index).catch(() => undefined)
    if (index?.status === 200) seenIndexes.add(cell)
    const [honest, malicious] = await Promise.all([
      rawRequest(gateway.url, cell.artifact).catch(() => undefined),
      rawRequest(gateway.url, cell.malicious).catch(() => undefined),
    ])
    if (honest?.status === 200) expect(honest.body.equals(cell.bytes)).toBe(true)
    if (malicious !== undefined) expect([403, 502, 503]).toContain(malicious.status)
  }

  /** Without any upstream: every index that a client once had is still there, and so are its claims. */
  async function expectRemembered(): Promise<void> {
    for (const { upstream } of cells) await upstream.down()
    const gateway = await start()
    expect(seenIndexes.size).toBeGreaterThan(0)
    for (const cell of seenIndexes) {
      expect((await rawRequest(gateway.url, cell.index)).status).toBe(200)
      const honest = await rawRequest(gateway.url, cell.artifact)
      if (honest.status === 200) expect(honest.body.equals(cell.bytes)).toBe(true)
      else expect([502, 503]).toContain(honest.status) // known, and not fetched yet
      expect([403, 502, 503]).toContain((await rawRequest(gateway.url, cell.malicious)).status)
    }
    await gateway.stop()
    for (const { upstream } of cells) await upstream.up()
  }

  async function expectWhole(gateway: GatewayProcess): Promise<void> {
    for (const cell of cells) {
      expect((await rawRequest(gateway.url, cell.index)).status).toBe(200)
      const honest = await rawRequest(gateway.url, cell.artifact)
      expect(honest.status, honest.body.toString('latin1').slice(0, 300)).toBe(200)
      expect(honest.body.equals(cell.bytes)).toBe(true)
      expect((await rawRequest(gateway.url, cell.malicious)).status).toBe(403)
    }
    await gateway.stop()
  }

  it('answers from its own store what it knew before the kills, without the upstream', {
    timeout: 300_000,
  }, async () => {
    for (const { upstream } of cells) await upstream.down()
    const gateway = await start()
    expect(seenIndexes.size).toBeGreaterThan(0)
    for (const cell of cells) {
      expect((await rawRequest(gateway.url, cell.index)).status).toBe(200)
      expect((await rawRequest(gateway.url, cell.artifact)).body.equals(cell.bytes)).toBe(true)
      expect((await rawRequest(gateway.url, cell.malicious)).status).toBe(403)
    }
    await gateway.stop()
  })
})
