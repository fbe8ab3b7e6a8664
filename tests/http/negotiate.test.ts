// Media types and compression that clients ask for.
import { describe, expect, it } from 'vitest'
import { acceptsGzip, negotiateType } from '../../src/http/negotiate.ts'

const FULL = 'application/json'
const ABBREVIATED = 'application/vnd.npm.install-v1+json'
const NPM = [FULL, ABBREVIATED]
const PYPI = ['text/html', 'application/vnd.pypi.simple.v1+html', 'application/vnd.pypi.simple.v1+json']

describe('media types', () => {
  it.each([
    [
      'what npm, pnpm and yarn 1 send',
      'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*',
      NPM,
      ABBREVIATED,
    ],
    ['plain JSON', 'application/json', NPM, FULL],
    ['anything', '*/*', NPM, FULL],
    ['nothing said', undefined, NPM, FULL],
    ['a type that does not exist here', 'image/png', NPM, FULL],
    [
      'what pip sends',
      'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01',
      PYPI,
      'application/vnd.pypi.simple.v1+json',
    ],
    ['poetry 1', 'text/html', PYPI, 'text/html'],
    ['a main type with any subtype', 'text/*', PYPI, 'text/html'],
    [
      'a quality that is no number',
      'application/json;q=x, application/vnd.npm.install-v1+json;q=0.1',
      NPM,
      ABBREVIATED,
    ],
    ['a refused type', 'application/json;q=0, */*;q=0.5', NPM, ABBREVIATED],
  ])('%s', (_name, accept, available, chosen) => {
    expect(negotiateType(accept, available)).toBe(chosen)
  })

  it('knows other spellings of a type', () => {
    const aliases = { 'application/vnd.pypi.simple.latest+json': 'application/vnd.pypi.simple.v1+json' }
    expect(negotiateType('application/vnd.pypi.simple.latest+json', PYPI, aliases)).toBe(
      'application/vnd.pypi.simple.v1+json',
    )
  })
})

describe('gzip', () => {
  it.each(['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.8', '*', 'deflate, GZIP'])(
    'is sent for %s',
    (header) => {
      expect(acceptsGzip(header)).toBe(true)
    },
  )
  it.each([undefined, '', 'identity', 'gzip;q=0', 'gzip; q=0.0, br', 'xgzip'])(
    'is not sent for %s',
    (header) => {
      expect(acceptsGzip(header)).toBe(false)
    },
  )
})
