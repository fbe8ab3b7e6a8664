// Whatever is none of a repository's paths is refused with a word about what was wrong, and never reaches the upstream.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { type RawAnswer, rawRequest } from '../support/raw-request.ts'
import type { Cell } from './row.ts'
import { doorRows } from './rows.ts'

interface Problem {
  readonly title: string
  readonly detail: string
  readonly status: number
  readonly error: string
}

function problemOf(answer: RawAnswer): Problem {
  expect(answer.headers['content-type']).toBe('application/problem+json')
  return JSON.parse(answer.body.toString('utf8')) as Problem
}

describe.each(doorRows)('$type', (row) => {
  let cell: Cell
  let gateway: GatewayProcess

  beforeAll(async () => {
    cell = await row.makeCell('door')
    gateway = await startGateway({ config: { repositories: [cell.repository] } })
  })

  afterAll(async () => {
    await gateway?.stop()
    await cell?.upstream.close()
  })

  it.each(row.badRequests('/door/'))('refuses $what', async ({ method = 'GET', path, status }) => {
    const before = cell.upstream.seen.map((request) => request.path)
    const answer = await rawRequest(gateway.url, path, { method })
    const problem = problemOf(answer)
    expect(answer.status, answer.body.toString()).toBe(status)
    expect(problem.status).toBe(status)
    expect(problem.detail.length).toBeGreaterThan(10)
    expect(problem.error).toBe(problem.detail)
    if (status === 405) expect(answer.headers['allow']).toMatch(/GET/)
    const after = cell.upstream.seen.slice(before.length).map((request) => request.path)
    // Only a file that an index might list may make the gateway ask for that index, and for that very file.
    const own = path.slice('/door'.length)
    expect(after.filter((asked) => !cell.upstreamIndex.test(asked) && asked !== own)).toEqual([])
  })

  it('refuses headers of 40 KB', async () => {
    const answer = await rawRequest(gateway.url, cell.index, { headers: { 'x-large': 'a'.repeat(40_000) } })
    expect(answer.status).toBe(431)
  })

  it('refuses a body of 40 MB without reading on', async () => {
    const answer = await rawRequest(gateway.url, cell.index, {
      method: 'POST',
      body: Buffer.alloc(40_000_000),
    }).catch((error: NodeJS.ErrnoException) => error)
    // A server that answers and hangs up while the body is on its way may be seen as a broken connection.
    if (answer instanceof Error) expect(answer.code).toMatch(/EPIPE|ECONNRESET/)
    else expect([400, 405, 413]).toContain(answer.status)
    expect((await rawRequest(gateway.url, '/-/live')).status).toBe(200)
  })

  it('refuses a path of no repository', async () => {
    const answer = await rawRequest(gateway.url, '/elsewhere/honest')
    expect(answer.status).toBe(404)
    expect(problemOf(answer).detail).toContain('/door/')
  })

  it('does not let a Host header into what it serves', async () => {
    const answer = await rawRequest(gateway.url, cell.index, { headers: { host: 'attacker.test' } })
    expect(answer.status).toBe(200)
    expect(answer.body.toString('latin1')).not.toContain('attacker.test')
  })
})

describe('POST bodies', () => {
  it('refuses an audit question larger than the configured limit', async () => {
    const cell = await doorRows[0]?.makeCell('door')
    if (cell === undefined) throw new Error('no row')
    const gateway = await startGateway({
      config: { repositories: [cell.repository], limits: { requestBody: '64KiB' } },
    })
    const path = '/door/-/npm/v1/security/advisories/bulk'
    const answer = await rawRequest(gateway.url, path, {
      method: 'POST',
      body: Buffer.alloc(200_000, 0x20),
    }).catch((error: NodeJS.ErrnoException) => error)
    if (answer instanceof Error) expect(answer.code).toMatch(/EPIPE|ECONNRESET/)
    else expect([400, 413]).toContain(answer.status)
    await gateway.stop()
    await cell.upstream.close()
  })
})
