// When the client tries again, when it waits, and when it leaves a host alone.
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'
import { CircuitBreaker } from '../../src/upstream/circuit-breaker.ts'
import { backoffMs, parseRetryAfter, withRetries } from '../../src/upstream/retry.ts'
import { serveHttp } from '../support/loopback.ts'
import { clientFor, failureOf, textOf } from '../support/upstream-clients.ts'

const OPTIONS = { retries: 3, baseMs: 100, maxMs: 1000, maxRetryAfterMs: 5000 }

/** A server that gives these statuses in turn, then 200. */
async function answering(...answers: readonly { status: number; headers?: Record<string, string> }[]) {
  let at = 0
  return serveHttp((_, response) => {
    const answer = answers[at++] ?? { status: 200 }
    response.writeHead(answer.status, answer.headers ?? {}).end('yes')
  })
}

describe('backoff', () => {
  it('doubles up to its bound, with full jitter', () => {
    const bounds = [0, 1, 2, 3, 4, 10].map((tries) => backoffMs(tries, OPTIONS, () => 1))
    expect(bounds).toEqual([100, 200, 400, 800, 1000, 1000])
    expect(backoffMs(3, OPTIONS, () => 0)).toBe(0)
    expect(backoffMs(3, OPTIONS, () => 0.25)).toBe(200)
  })

  it('waits at least as long as the upstream asks', async () => {
    const slept: number[] = []
    const error = new GatewayError('UPSTREAM_UNAVAILABLE', 'busy')
    const attempt = async () => ({ error, again: true, retryAfterMs: 3000 })
    const tools = { random: () => 1, sleep: async (ms: number) => void slept.push(ms) }
    await expect(withRetries(attempt, OPTIONS, tools)).rejects.toBe(error)
    expect(slept).toEqual([3000, 3000, 3000])
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2025-01-01T00:00:00Z')
  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 5 ', 5000],
    ['Wed, 01 Jan 2025 00:00:30 GMT', 30_000],
    ['Tue, 31 Dec 2024 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (value, milliseconds) => {
    expect(parseRetryAfter(value, now)).toBe(milliseconds)
  })

  it('within the limit is waited for', async () => {
    const server = await answering({ status: 503, headers: { 'retry-after': '0' } }, { status: 429 })
    expect(await textOf(clientFor([server.base]), server.base)).toBe('yes')
    expect(server.requests).toHaveLength(3)
  })

  it('beyond the limit is told at once', async () => {
    const server = await answering({ status: 429, headers: { 'retry-after': '3600' } })
    const error = await failureOf(clientFor([server.base]), server.base)
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { retryAfterSeconds: 3600 } })
    expect(server.requests).toHaveLength(1)
  })
})

describe('a request', () => {
  it.each(['GET', 'HEAD'] as const)('by %s is tried again', async (method) => {
    const server = await answering({ status: 500 }, { status: 502 })
    const answer = await clientFor([server.base]).request({ url: server.base, method, maxBytes: 10 })
    expect(answer.status).toBe(200)
    expect(server.requests).toHaveLength(3)
  })

  it('by POST is not, as it may have had an effect', async () => {
    const server = await answering({ status: 503 })
    const error = await failureOf(clientFor([server.base]), server.base, { method: 'POST' })
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(server.requests).toHaveLength(1)
  })

  it('on a connection that the server closes is tried again', async () => {
    let count = 0
    const server = await serveHttp((request, response) => {
      count += 1
      if (count < 3) request.socket.destroy()
      else response.end('yes')
    })
    expect(await textOf(clientFor([server.base]), server.base)).toBe('yes')
  })
})

describe('the circuit breaker', () => {
  function breakerAt(clock: { now: number }) {
    return new CircuitBreaker({ failures: 3, openMs: 1000 }, () => clock.now)
  }
  const open = { code: 'UPSTREAM_UNAVAILABLE', facts: expect.objectContaining({ retryAfterSeconds: 1 }) }

  it('opens after failures in a row, for that host only', () => {
    const breaker = breakerAt({ now: 0 })
    for (let count = 0; count < 3; count += 1) breaker.enter('http://a.test')('failed')
    expect(() => breaker.enter('http://a.test')).toThrow(expect.objectContaining(open))
    expect(() => breaker.enter('http://b.test')).not.toThrow()
  })

  it('forgets failures with an answer', () => {
    const breaker = breakerAt({ now: 0 })
    for (const result of ['failed', 'failed', 'answered', 'failed', 'failed'] as const)
      breaker.enter('a')(result)
    expect(() => breaker.enter('a')).not.toThrow()
  })

  it('lets one request try after the pause, and closes or opens by its result', () => {
    const clock = { now: 0 }
    const breaker = breakerAt(clock)
    for (let count = 0; count < 3; count += 1) breaker.enter('a')('failed')
    clock.now = 1001
    const probe = breaker.enter('a')
    expect(() => breaker.enter('a')).toThrow(expect.objectContaining(open))
    probe('failed')
    expect(() => breaker.enter('a')).toThrow(expect.objectContaining(open))
    clock.now = 2002
    breaker.enter('a')('answered')
    expect(() => breaker.enter('a')).not.toThrow()
  })

  it('does not stay shut behind a probe that was given up', () => {
    const clock = { now: 0 }
    const breaker = breakerAt(clock)
    for (let count = 0; count < 3; count += 1) breaker.enter('a')('failed')
    clock.now = 1001
    breaker.enter('a')('unknown')
    expect(() => breaker.enter('a')).not.toThrow()
  })

  it('spares a host that is down, and answers of 404 do not count', async () => {
    const failing = await answering(...Array.from({ length: 9 }, () => ({ status: 500 })))
    const client = clientFor([failing.base], { breaker: { failures: 3, openMs: 60_000 } })
    expect(await failureOf(client, failing.base)).toMatchObject({ facts: { status: 500 } })
    expect(await failureOf(client, failing.base)).toMatchObject({ facts: { retryAfterSeconds: 60 } })
    expect(failing.requests).toHaveLength(3)

    const missing = await answering(...Array.from({ length: 9 }, () => ({ status: 404 })))
    const other = clientFor([missing.base], { breaker: { failures: 3 } })
    for (let count = 0; count < 9; count += 1) await failureOf(other, missing.base)
    expect(missing.requests).toHaveLength(9)
  })
})
