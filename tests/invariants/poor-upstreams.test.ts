// Upstreams that are poor, slow, elsewhere or gone for a while, but honest: what they promised still arrives.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as faults from '../support/faults.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { rawRequest } from '../support/raw-request.ts'
import type { Cell } from './row.ts'
import { doorRows } from './rows.ts'

const EVERYTHING = /./
const SLOW = { timeout: 120_000 }

describe.each(doorRows)('$type', (row) => {
  const cells = new Map<string, Cell>()
  let gateway: GatewayProcess
  let mirror: Server

  beforeAll(async () => {
    for (const name of ['bare', 'late', 'mirrored', 'flaky', 'gone'])
      cells.set(name, await row.makeCell(name))
    mirror = createServer((_, response) => response.end(cellOf('mirrored').bytes))
    await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve))
    const repositories = [...cells.values()].map(({ repository }) => repository)
    gateway = await startGateway({ config: { repositories, limits: { indexFresh: '0s', indexStale: '0s' } } })
  })

  afterAll(async () => {
    await gateway?.stop()
    for (const { upstream } of cells.values()) await upstream.close()
    await new Promise((resolve) => mirror.close(resolve))
  })

  function cellOf(name: string): Cell {
    const cell = cells.get(name)
    if (cell === undefined) throw new Error(`no cell ${name}`)
    return cell
  }

  async function expectServed(cell: Cell): Promise<void> {
    expect((await rawRequest(gateway.url, cell.index)).status).toBe(200)
    const { status, body } = await rawRequest(gateway.url, cell.artifact)
    expect(status, body.toString('latin1').slice(0, 300)).toBe(200)
    expect(body.equals(cell.bytes)).toBe(true)
  }

  it('serves from an upstream without ETag and Last-Modified', SLOW, async () => {
    const cell = cellOf('bare')
    cell.upstream.spoil(EVERYTHING, faults.noValidators)
    await expectServed(cell)
    await expectServed(cell)
  })

  it('serves from an upstream that takes a second for each answer', SLOW, async () => {
    const cell = cellOf('late')
    cell.upstream.spoil(EVERYTHING, faults.late(1000))
    await expectServed(cell)
  })

  it('follows a redirect to a mirror at the address of its upstream', SLOW, async () => {
    const cell = cellOf('mirrored')
    const { port } = mirror.address() as AddressInfo
    cell.upstream.spoil(cell.upstreamArtifact, faults.redirect(`http://127.0.0.1:${port}/elsewhere`))
    await expectServed(cell)
  })

  it('serves an artifact in the end whose upstream failed at first', SLOW, async () => {
    const cell = cellOf('flaky')
    expect((await rawRequest(gateway.url, cell.index)).status).toBe(200)
    cell.upstream.spoil(cell.upstreamArtifact, faults.status(500))
    expect([502, 503]).toContain((await rawRequest(gateway.url, cell.artifact)).status)
    cell.upstream.heal()
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await rawRequest(gateway.url, cell.artifact)).status === 200) break
      await sleep(500)
    }
    await expectServed(cell)
  })

  it('serves on what it has while its upstream is gone', SLOW, async () => {
    const cell = cellOf('gone')
    await expectServed(cell)
    await cell.upstream.down()
    await expectServed(cell)
    expect((await rawRequest(gateway.url, cell.malicious)).status).not.toBe(200)
    await cell.upstream.up()
  })
})
