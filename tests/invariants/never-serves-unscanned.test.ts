// Fifty first requests at once: one fetch, one examination, no byte before the verdict; and the same when the examiner dies.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { childrenOf } from '../support/child-processes.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import type { Fault } from '../support/loopback-upstream.ts'
import { type RawAnswer, rawRequest } from '../support/raw-request.ts'
import type { Cell } from './row.ts'
import { doorRows } from './rows.ts'

const CLIENTS = 50

describe.each(doorRows)('$type', (row) => {
  let cell: Cell
  let gateway: GatewayProcess

  beforeEach(async () => {
    cell = await row.makeCell('door')
    gateway = await startGateway({ config: { repositories: [cell.repository] } })
  })

  afterEach(async () => {
    await gateway?.stop()
    await cell?.upstream.close()
  })

  const askAll = (path: string): Promise<RawAnswer[]> =>
    Promise.all(
      Array.from({ length: CLIENTS }, (_, at) => rawRequest(gateway.url, path, ASKS[at % ASKS.length])),
    )

  it('makes one fetch and one examination of what fifty clients ask at once, and answers none before', async () => {
    const gate = holdLastByte()
    cell.upstream.spoil(cell.upstreamArtifact, gate.fault)
    const answers = askAll(cell.artifact)
    await gate.reached
    const early = await Promise.race([answers, sleep(500, 'silence')])
    expect(early).toBe('silence')
    const openedAt = performance.now()
    gate.open()
    for (const [at, answer] of (await answers).entries()) {
      expect(answer.answeredAt).toBeGreaterThan(openedAt)
      expectHonest(answer, cell, ASKS[at % ASKS.length])
    }
    expect(fetchesOf(cell)).toBe(1)
    expect(decisionsOf(gateway, cell.artifact)).toBe(1)
  })

  it('makes one examination of a malicious artifact, and gives no byte of it to anyone, however it is asked', async () => {
    for (const round of [1, 2])
      for (const answer of await askAll(cell.malicious)) {
        expect(answer.status, `round ${round}`).toBe(403)
        expect(answer.headers['content-type']).toBe('application/problem+json')
        expect(answer.headers['accept-ranges']).toBeUndefined()
      }
    expect(cell.upstream.seen.filter(({ path }) => cell.malicious.endsWith(path)).length).toBe(1)
    expect(decisionsOf(gateway, cell.malicious)).toBe(1)
  })

  it('refuses or examines again when every examiner is killed in between, and never takes silence for consent', async () => {
    const gate = holdLastByte()
    cell.upstream.spoil(cell.upstreamArtifact, gate.fault)
    const answers = askAll(cell.artifact)
    await gate.reached
    const killing = killExaminersFor(gateway, 300)
    gate.open()
    for (const [at, answer] of (await answers).entries()) {
      if (answer.status === 503) expect(answer.headers['retry-after']).toMatch(/^\d+$/)
      else expectHonest(answer, cell, ASKS[at % ASKS.length])
    }
    expect(await killing).toBeGreaterThan(0)
    await expectServedInTheEnd(gateway, cell)
  })

  it('holds a malicious artifact whose examiner is killed, and blocks it once it could be examined', async () => {
    const killing = killExaminersFor(gateway, 600)
    for (const answer of await askAll(cell.malicious)) expect([403, 503]).toContain(answer.status)
    await killing
    for (let tries = 0; tries < 60; tries += 1) {
      const { status } = await rawRequest(gateway.url, cell.malicious)
      expect([403, 503]).toContain(status)
      if (status === 403) return
      await sleep(500)
    }
    expect.fail('the malicious artifact never got its verdict')
  })
})

/** The spellings of a request by which bytes could get out. */
const ASKS = [
  {},
  { headers: { range: 'bytes=0-99' } },
  { method: 'HEAD' },
  { headers: { 'if-none-match': '*' } },
  { headers: { range: 'bytes=100-', 'if-range': '"x"' } },
] as const

function expectHonest(answer: RawAnswer, cell: Cell, ask: (typeof ASKS)[number] | undefined): void {
  expect([200, 206, 304], answer.body.toString('latin1').slice(0, 300)).toContain(answer.status)
  if (ask !== undefined && 'method' in ask) expect(answer.body.length).toBe(0)
  else if (answer.status === 200) expect(answer.body.equals(cell.bytes)).toBe(true)
  else if (answer.status === 206) expect(answer.body.equals(cell.bytes.subarray(0, 100))).toBe(true)
}

function fetchesOf(cell: Cell): number {
  return cell.upstream.seen.filter(({ path }) => cell.upstreamArtifact.test(path)).length
}

/** Log lines that say a decision about this path was made. */
function decisionsOf(gateway: GatewayProcess, path: string): number {
  const inner = path.split('/').slice(2).join('/')
  return gateway.events().filter((event) => event['path'] === inner && typeof event['outcome'] === 'string')
    .length
}

/** An upstream answer that sends all but its last byte, and that one only when told. */
function holdLastByte(): { fault: Fault; reached: Promise<void>; open: () => void } {
  let open = () => {}
  let reach = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const fault: Fault = (response, answer) => {
    const body = answer?.body ?? Buffer.alloc(0)
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.byteLength })
    response.write(body.subarray(0, -1), () => reach())
    void opened.then(() => response.end(body.subarray(-1)))
  }
  return { fault, reached, open }
}

/** Kills every examiner child it sees for so many milliseconds; returns how many. */
async function killExaminersFor(gateway: GatewayProcess, ms: number): Promise<number> {
  const until = performance.now() + ms
  let killed = 0
  while (performance.now() < until) {
    for (const { pid, commandLine } of childrenOf(gateway.pid))
      if (commandLine.includes('examiner')) {
        process.kill(pid, 'SIGKILL')
        killed += 1
      }
    await sleep(5)
  }
  return killed
}

async function expectServedInTheEnd(gateway: GatewayProcess, cell: Cell): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const answer = await rawRequest(gateway.url, cell.artifact)
    if (answer.status === 200) {
      expect(answer.body.equals(cell.bytes)).toBe(true)
      return
    }
    expect(answer.status).toBe(503)
    await sleep(500)
  }
  expect.fail('the honest artifact was never examined')
}
