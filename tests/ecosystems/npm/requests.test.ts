// npm paths in every spelling that clients send, and those that nobody may send.
import { describe, expect, it } from 'vitest'
import { parseNpmRequest } from '../../../src/ecosystems/npm/requests.ts'
import { GatewayError } from '../../../src/model/errors.ts'

describe('npm paths', () => {
  it.each([
    ['/express', { kind: 'index', key: 'express', document: 'packument' }],
    ['/JSONStream', { kind: 'index', key: 'JSONStream', document: 'packument' }],
    ['/@scope/name', { kind: 'index', key: '@scope/name', document: 'packument' }],
    ['/@scope%2fname', { kind: 'index', key: '@scope/name', document: 'packument' }],
    ['/@scope%2Fname', { kind: 'index', key: '@scope/name', document: 'packument' }],
    ['/%40scope%2Fname', { kind: 'index', key: '@scope/name', document: 'packument' }],
    ['/express/5.1.0', { kind: 'index', key: 'express', document: 'manifest/5.1.0' }],
    ['/@scope%2fname/latest', { kind: 'index', key: '@scope/name', document: 'manifest/latest' }],
    [
      '/express/-/express-5.1.0.tgz',
      { kind: 'artifact', key: 'express', path: 'express/-/express-5.1.0.tgz' },
    ],
    ['/@s/n/-/n-1.0.0.tgz', { kind: 'artifact', key: '@s/n', path: '@s/n/-/n-1.0.0.tgz' }],
    ['/@s%2fn/-/n-1.0.0.tgz', { kind: 'artifact', key: '@s/n', path: '@s/n/-/n-1.0.0.tgz' }],
    ['/-/package/express/dist-tags', { kind: 'index', key: 'express', document: 'dist-tags' }],
    ['/-/package/@s%2fn/dist-tags', { kind: 'index', key: '@s/n', document: 'dist-tags' }],
    ['/-/ping', { kind: 'side', name: 'ping', parameters: {} }],
    ['/-/v1/search', { kind: 'side', name: 'search', parameters: {} }],
    ['/-/npm/v1/keys', { kind: 'side', name: 'keys', parameters: {} }],
    [
      '/-/npm/v1/attestations/@s%2fn@1.0.0',
      { kind: 'side', name: 'attestations', parameters: { spec: '@s/n@1.0.0' } },
    ],
  ])('%s', (path, expected) => {
    expect(parseNpmRequest('GET', path)).toEqual(expected)
  })

  it.each([
    ['/', 'BAD_REQUEST'],
    ['///express', 'BAD_REQUEST'],
    ['/express//', 'BAD_REQUEST'],
    ['/..', 'BAD_REQUEST'],
    ['/%2e%2e/express', 'BAD_REQUEST'],
    ['/@s%2f..%2f..', 'BAD_REQUEST'],
    ['/a%00b', 'BAD_REQUEST'],
    ['/a%5cb', 'BAD_REQUEST'],
    ['/a%0d%0ab', 'BAD_REQUEST'],
    ['/a%252fb', 'BAD_REQUEST'],
    ['/a%', 'BAD_REQUEST'],
    [`/${'a'.repeat(3000)}`, 'BAD_REQUEST'],
    ['/.hidden', 'NOT_SERVED'],
    ['/@scope', 'NOT_SERVED'],
    ['/@a/b/c/d', 'NOT_SERVED'],
    ['/express/-/other-1.0.0.tgz', 'NOT_SERVED'],
    ['/express/-/express-1.0.0.zip', 'NOT_SERVED'],
    ['/express/-/x%2fexpress-1.0.0.tgz', 'NOT_SERVED'],
    ['/-/all', 'NOT_SERVED'],
    ['/-/npm/v1/unknown', 'NOT_SERVED'],
  ])('refuses %s', (path, code) => {
    expect(() => parseNpmRequest('GET', path)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ['PUT', '/express'],
    ['DELETE', '/express/-rev/1-a'],
    ['PUT', '/-/package/express/dist-tags/latest'],
    ['POST', '/express'],
    ['PUT', '/-/user/org.couchdb.user:me'],
    ['POST', '/-/npm/v1/tokens'],
  ])('refuses to write: %s %s', (method, path) => {
    expect(() => parseNpmRequest(method, path)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/METHOD_NOT_ALLOWED|NOT_SERVED/) }),
    )
  })
})

// COREPACK_NPM_REGISTRY with a slash at its end makes `//pnpm`; people type the slash at the end.
describe('a slash too many at either end', () => {
  it.each([
    ['//pnpm', 'pnpm'],
    ['//pnpm/latest', 'pnpm/latest'],
    ['/@scope%2fname/', '@scope%2fname'],
    ['//honest/-/honest-1.0.0.tgz/', 'honest/-/honest-1.0.0.tgz'],
  ])('%s leads to the one spelling', (path, to) => {
    expect(parseNpmRequest('GET', path)).toEqual({ kind: 'redirect', to })
    expect(parseNpmRequest('HEAD', path)).toEqual({ kind: 'redirect', to })
  })

  it.each(['/', '//', '///pnpm', '/pnpm//', '/honest//-/honest-1.0.0.tgz', '//../x', '//honest%2f'])(
    '%s stays refused',
    (path) => expect(() => parseNpmRequest('GET', path)).toThrow(GatewayError),
  )

  it('does not keep a question from its answer: a redirected POST becomes a GET', () => {
    expect(parseNpmRequest('POST', '//-/npm/v1/security/audits')).toMatchObject({
      kind: 'side',
      name: 'audit',
    })
    expect(parseNpmRequest('GET', '/-/ping/')).toMatchObject({ kind: 'side', name: 'ping' })
  })

  it('does not redirect what may not be written anyway', () => {
    expect(() => parseNpmRequest('PUT', '/honest/')).toThrow('read-only')
  })
})
