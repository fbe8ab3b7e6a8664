// The log keeps what explains a decision and loses what could be a credential.
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'
import { Secret } from '../../src/model/secret.ts'
import { createLog } from '../../src/telemetry/log.ts'

function lines(format: 'json' | 'text', say: (log: ReturnType<typeof createLog>) => void): string {
  const written: string[] = []
  say(createLog({ level: 'debug', format }, (line) => written.push(line)))
  return written.join('')
}

describe('credentials never reach a line', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['a header by key', { headers: { Authorization: 'Bearer hunter2-token' } }],
    ['a cookie', { headers: { cookie: 'session=hunter2-token' } }],
    ['a token by key', { upstream: { token: 'hunter2-token' } }],
    ['an npm credential by key', { npmrc: { _authToken: 'hunter2-token' } }],
    ['user information of a URL', { url: 'https://alice:hunter2-token@upstream.test/npm/' }],
    ['user information inside a sentence', { why: 'GET https://alice:hunter2-token@upstream.test/x failed' }],
    ['an authorization inside a sentence', { why: 'sent Basic hunter2-token to it' }],
    ['an npmrc line', { why: '//upstream.test/:_authToken=hunter2-token' }],
    ['a secret value', { authorizationOfUpstream: new Secret('hunter2-token') }],
    [
      'facts and causes of an error',
      {
        error: new GatewayError(
          'UPSTREAM_FAILED',
          'https://a:hunter2-token@upstream.test',
          { password: 'hunter2-token' },
          {
            cause: new Error('https://a:hunter2-token@upstream.test'),
          },
        ),
      },
    ],
  ]
  it.each(cases)('%s', (_name, fields) => {
    for (const format of ['json', 'text'] as const) {
      const text = lines(format, (log) => log.info(fields, 'event'))
      expect(text).toContain('event')
      expect(text).not.toContain('hunter2')
    }
  })

  it('nor the message itself', () => {
    const text = lines('json', (log) => log.info('asked https://alice:hunter2@upstream.test/'))
    expect(text).toContain('***@upstream.test')
    expect(text).not.toContain('hunter2')
  })
})

it('keeps labels, hashes and purls as they are', () => {
  const fields = { tokenLabel: 'ci', sha256: 'ab'.repeat(32), purl: 'pkg:npm/%40scope/name@1.0.0' }
  expect(JSON.parse(lines('json', (log) => log.info(fields, 'decided')))).toMatchObject(fields)
})

it('writes one readable line in text format', () => {
  const text = lines('text', (log) => log.warn({ outcome: 'held', reasons: ['a b'] }, 'decided'))
  expect(text).toMatch(/^\d{4}-\S+ warn {2}decided outcome=held reasons=\["a b"\]\n$/)
})
