// Every way an upstream can misbehave, at both doors: no byte leaves, nothing is stored under the claim, the last good index stays.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as faults from '../support/faults.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import type { Fault } from '../support/loopback-upstream.ts'
import { type RawAnswer, rawRequest } from '../support/raw-request.ts'
import type { Cell } from './row.ts'
import { doorRows } from './rows.ts'

interface Misbehaviour {
  readonly what: string
  /** `trap` is a server on another address that must never be asked. */
  readonly fault: (trap: string) => Fault
}

const ALWAYS_WRONG: readonly Misbehaviour[] = [
  { what: 'bytes of the right length but other content', fault: () => faults.otherBytes },
  { what: 'half of the bytes, and a cut connection', fault: () => faults.truncated },
  { what: 'half of the bytes as if they were all', fault: () => faults.halved },
  { what: 'an endless body', fault: () => faults.endless },
  { what: 'one byte every two seconds', fault: () => faults.drip(2000) },
  { what: 'an empty body', fault: () => faults.body('') },
  {
    what: 'an HTML page of a captive portal',
    fault: () => faults.body('<html><body>please log in</body></html>'),
  },
  { what: 'a connection that closes', fault: () => faults.hangUp },
  { what: 'no answer', fault: () => faults.silent },
  { what: 'status 400', fault: () => faults.status(400) },
  { what: 'status 401', fault: () => faults.status(401, { 'www-authenticate': 'Basic' }) },
  { what: 'status 403', fault: () => faults.status(403) },
  { what: 'status 418', fault: () => faults.status(418) },
  { what: 'status 429', fault: () => faults.status(429, { 'retry-after': '1' }) },
  { what: 'status 500', fault: () => faults.status(500) },
  { what: 'status 503', fault: () => faults.status(503) },
  { what: 'a redirect to an address that is not allowed', fault: (trap) => faults.redirect(`${trap}/loot`) },
  { what: 'a redirect to a file', fault: () => faults.redirect('file:///etc/passwd') },
  {
    what: 'a redirect to itself, without end',
    fault: () => (_response, _answer, request) =>
      faults.redirect(request.url ?? '/')(_response, _answer, request),
  },
]
const ARTIFACT_FAULTS = [...ALWAYS_WRONG, { what: 'status 404', fault: () => faults.status(404) }]
const INDEX_FAULTS = [
  ...ALWAYS_WRONG.filter(({ what }) => !what.startsWith('half of the bytes as')),
  { what: 'half of the document as if it were all', fault: () => faults.halved },
  { what: 'broken JSON', fault: () => faults.body('{"name": "honest", "versions": {') },
  { what: 'JSON of another kind', fault: () => faults.body('[1, 2, 3]') },
  {
    what: 'a document about another package',
    fault: () => faults.body('{"name":"other","versions":{},"dist-tags":{}}'),
  },
]

// Short times and one try: a table of failures must not wait.
const QUICK = {
  limits: {
    headersTimeout: '1s',
    bodyTimeout: '1s',
    upstreamRetries: 0,
    artifact: '8MiB',
    index: '8MiB',
    indexFresh: '0s',
    indexStale: '0s',
    notFound: '0s',
  },
}

describe.each(doorRows)('$type', (row) => {
  const cells = new Map<string, Cell>()
  let gateway: GatewayProcess
  let trap: Server
  let trapUrl: string
  let trapped = 0

  beforeAll(async () => {
    trap = createServer((_, response) => {
      trapped += 1
      response.end('loot')
    })
    // Another address than the upstream's 127.0.0.1, and as private.
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.2', resolve))
    trapUrl = `http://127.0.0.2:${(trap.address() as AddressInfo).port}`
    for (const [at, { what }] of ARTIFACT_FAULTS.entries())
      cells.set(`artifact ${what}`, await row.makeCell(`a${at}`))
    for (const [at, { what }] of INDEX_FAULTS.entries())
      cells.set(`index ${what}`, await row.makeCell(`i${at}`))
    for (const [at, { what }] of INDEX_FAULTS.entries())
      cells.set(`first ${what}`, await row.makeCell(`f${at}`))
    const repositories = [...cells.values()].map(({ repository }) => repository)
    gateway = await startGateway({ config: { repositories, ...QUICK } })
  })

  afterAll(async () => {
    await gateway?.stop()
    for (const { upstream } of cells.values()) await upstream.close()
    await new Promise((resolve) => trap.close(resolve))
  })

  const cellOf = (key: string): Cell => {
    const cell = cells.get(key)
    if (cell === undefined) throw new Error(`no cell ${key}`)
    return cell
  }

  describe.concurrent('an artifact', () => {
    it.each(ARTIFACT_FAULTS)('answered with $what', async ({ what, fault }) => {
      const cell = cellOf(`artifact ${what}`)
      expect((await rawRequest(gateway.url, cell.index)).status).toBe(200)
      cell.upstream.spoil(cell.upstreamArtifact, fault(trapUrl))
      for (const init of [{}, { headers: { range: 'bytes=0-9' } }, { method: 'HEAD' }])
        expectNoBytes(await rawRequest(gateway.url, cell.artifact, init), cell)
      cell.upstream.heal()
      await expectRecovery(gateway, cell)
    })
  })

  describe.concurrent('an index that was good before', () => {
    it.each(INDEX_FAULTS)('answered with $what', async ({ what, fault }) => {
      const cell = cellOf(`index ${what}`)
      const good = await rawRequest(gateway.url, cell.index)
      expect(good.status).toBe(200)
      await cell.changeIndex()
      cell.upstream.spoil(cell.upstreamIndex, fault(trapUrl))
      const after = await rawRequest(gateway.url, cell.index)
      expect(after.status, after.body.toString('latin1').slice(0, 300)).toBe(200)
      expect(after.body.equals(good.body)).toBe(true)
      expect((await rawRequest(gateway.url, cell.artifact)).body.equals(cell.bytes)).toBe(true)
    })
  })

  describe.concurrent('an index never seen before', () => {
    it.each(INDEX_FAULTS)('answered with $what', async ({ what, fault }) => {
      const cell = cellOf(`first ${what}`)
      cell.upstream.spoil(cell.upstreamIndex, fault(trapUrl))
      for (const path of [cell.index, cell.artifact]) expectNoBytes(await rawRequest(gateway.url, path), cell)
      cell.upstream.heal()
      await expectRecovery(gateway, cell) // bytes may have been fetched early; they are served only once a claim vouches for them
    })
  })

  it('never asked the address that was not allowed', () => {
    expect(trapped).toBe(0)
  })
})

/** A refusal in the gateway's own words; nothing of the upstream's answer and nothing of the artifact in it. */
function expectNoBytes(answer: RawAnswer, cell: Cell): void {
  const text = answer.body.toString('latin1')
  expect([403, 404, 502, 503], text.slice(0, 300)).toContain(answer.status)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(answer.headers['etag']).toBeUndefined()
  expect(text).not.toContain('please log in')
  expect(text).not.toContain('loot')
  expect(answer.body.includes(cell.bytes.subarray(0, 64))).toBe(false)
}

/** Whatever was stored while the upstream misbehaved, the claim now leads to the right bytes or to a refusal. */
async function expectRecovery(gateway: GatewayProcess, cell: Cell): Promise<void> {
  const answer = await rawRequest(gateway.url, cell.artifact)
  if (answer.status === 200) expect(answer.body.equals(cell.bytes)).toBe(true)
  else expectNoBytes(answer, cell)
}
