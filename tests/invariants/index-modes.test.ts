// What an index shows: lazily, what nobody has examined yet; strictly, only what is approved; never again what was refused.
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { type RawAnswer, rawRequest } from '../support/raw-request.ts'
import type { Cell } from './row.ts'
import { doorRows } from './rows.ts'

const SLOW = { timeout: 180_000 }
const ASK_EVERY_MS = 250
const ASKS = 400

describe.each(doorRows)('$type', (row) => {
  let lazy: Cell
  let strict: Cell
  let gateway: GatewayProcess

  beforeAll(async () => {
    lazy = await row.makeCell('lazy')
    strict = await row.makeCell('strict')
    const repositories = [
      { ...lazy.repository, indexMode: 'lazy' },
      { ...strict.repository, indexMode: 'strict' },
    ]
    gateway = await startGateway({ config: { repositories } })
  })

  afterAll(async () => {
    await gateway?.stop()
    await lazy?.upstream.close()
    await strict?.upstream.close()
  })

  const lists = async ({ body }: RawAnswer, artifact: string, { url } = gateway): Promise<boolean> => {
    const mount = artifact.slice(0, artifact.indexOf('/', 1) + 1)
    const read = async (path: string) => (await rawRequest(url, mount + path)).body
    return (row.lists ?? names)(body.toString('latin1'), basename(artifact), read)
  }

  const index = (cell: Cell, headers = {}) => rawRequest(gateway.url, cell.index, { headers })

  it('lazily: shows what is not examined yet, and stops showing what was refused', SLOW, async () => {
    const before = await index(lazy)
    expect(await lists(before, lazy.artifact)).toBe(true)
    expect(await lists(before, lazy.malicious)).toBe(true)
    expect((await rawRequest(gateway.url, lazy.malicious)).status).toBe(403)
    const after = await index(lazy)
    expect(await lists(after, lazy.artifact)).toBe(true)
    expect(await lists(after, lazy.malicious)).toBe(false)
  })

  it(
    'lazily: does not tell a client that the index it keeps from before a refusal is still current',
    SLOW,
    async () => {
      const cell = await row.makeCell('late')
      const other = await startGateway({ config: { repositories: [cell.repository] } })
      const before = await rawRequest(other.url, cell.index)
      const etag = String(before.headers.etag)
      expect((await rawRequest(other.url, cell.index, { headers: { 'if-none-match': etag } })).status).toBe(
        304,
      )
      await rawRequest(other.url, cell.malicious)
      const after = await rawRequest(other.url, cell.index, { headers: { 'if-none-match': etag } })
      expect(after.status).toBe(200)
      expect(after.headers.etag).not.toBe(etag)
      await cell.upstream.down()
      const stale = await rawRequest(other.url, cell.index)
      expect(await lists(stale, cell.malicious, other)).toBe(false)
      await other.stop()
      await cell.upstream.close()
    },
  )

  it(
    'strictly: never shows what is not approved, and shows the honest one by itself in the end',
    SLOW,
    async () => {
      for (let ask = 0; ask < ASKS; ask += 1) {
        const answer = await index(strict)
        expect(await lists(answer, strict.malicious)).toBe(false)
        if (answer.status === 200 && (await lists(answer, strict.artifact))) {
          const { status, body } = await rawRequest(gateway.url, strict.artifact)
          expect(status).toBe(200)
          expect(body.equals(strict.bytes)).toBe(true)
          return
        }
        expect([200, 403, 503], answer.body.toString('latin1').slice(0, 300)).toContain(answer.status)
        await sleep(ASK_EVERY_MS)
      }
      expect.fail('the honest artifact was never examined in the background')
    },
  )
})

function names(document: string, fileName: string): boolean {
  return document.includes(fileName)
}
