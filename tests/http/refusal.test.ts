// What a client is told when it gets nothing.
import { describe, expect, it } from 'vitest'
import { refusalOf, refusalOfError } from '../../src/http/refusal.ts'
import { STATUS } from '../../src/http/status.ts'
import { type ErrorCode, GatewayError } from '../../src/model/errors.ts'
import type { Verdict } from '../../src/model/verdict.ts'

const INSTANCE = 'http://gateway.test/-/explain/npm/a'

function verdict(outcome: 'held' | 'blocked', rule: string, text: string): Verdict {
  return { outcome, reasons: [{ rule, text }], warnings: [], policy: 'test@1' }
}

describe('the refusal of an artifact', () => {
  const refused = refusalOf(verdict('blocked', 'known-malware', 'malware: MAL-1'), 'a@1.0.0', INSTANCE)

  it('is a 403 in the one media type that uv reads', () => {
    expect(refused.status).toBe(403)
    expect(refused.headers['content-type']).toBe('application/problem+json')
    expect(refused.headers['cache-control']).toBe('no-store')
  })
  it('says the reason where each client looks', () => {
    const body = JSON.parse(refused.body)
    expect(refused.phrase).toContain('malware: MAL-1')
    expect(body).toMatchObject({ title: 'Blocked by policy', status: 403, instance: INSTANCE })
    expect(body.error).toContain('a@1.0.0 is blocked: malware: MAL-1')
    expect(body.detail).toBe(body.error)
  })
  it('keeps the phrase on one line of printable ASCII, however the author spelled his title', () => {
    const { phrase } = refusalOf(
      verdict('blocked', 'x', `evil\r\nSet-Cookie: a=b \u202e${'y'.repeat(500)}`),
      'a',
      INSTANCE,
    )
    expect(phrase).toMatch(/^[\x20-\x7e]{1,120}$/)
  })
  it('asks the client to come back only while an examination is to be repeated', () => {
    const pending = refusalOf(verdict('held', 'scan-incomplete', 'clamd did not answer'), 'a', INSTANCE)
    expect(pending.status).toBe(503)
    expect(pending.headers['retry-after']).toMatch(/^\d+$/)
    expect(refusalOf(verdict('held', 'cooldown', 'too young'), 'a', INSTANCE).status).toBe(403)
  })
})

describe('the refusal of a failure', () => {
  it.each(Object.entries(STATUS))('%s is %i and never a success', (code, status) => {
    const { status: sent } = refusalOfError(new GatewayError(code as ErrorCode, 'why'), INSTANCE)
    expect(sent).toBe(status)
    expect(sent).toBeGreaterThanOrEqual(400)
  })
  it('sends no facts and no internals', () => {
    const error = new GatewayError('INTERNAL', 'password=hunter2 at /secret/path', { token: 'hunter2' })
    const { body, phrase } = refusalOfError(error, INSTANCE)
    expect(body + phrase).not.toContain('hunter2')
  })
  it('gives the waiting time that the failure knows', () => {
    const error = new GatewayError('UPSTREAM_UNAVAILABLE', 'down', { retryAfterSeconds: 17 })
    expect(refusalOfError(error, INSTANCE).headers['retry-after']).toBe('17')
  })
})
