// PyPI paths in every spelling that clients send, and those that nobody may send.
import { describe, expect, it } from 'vitest'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import { SETTINGS } from './pages.ts'

const parse = (path: string, method = 'GET') => pypiEcosystem.parseRequest(method, path, SETTINGS)

describe('PyPI paths', () => {
  it.each([
    ['/simple/', { kind: 'index', key: '/', document: 'projects' }],
    ['/simple/flask/', { kind: 'index', key: 'flask', document: 'page' }],
    ['/simple', { kind: 'redirect', to: 'simple/' }],
    ['/simple/flask', { kind: 'redirect', to: 'simple/flask/' }],
    ['/simple/Flask_RESTful/', { kind: 'redirect', to: 'simple/flask-restful/' }],
    [
      '/files/flask/flask-3.0.0.tar.gz',
      { kind: 'artifact', path: 'files/flask/flask-3.0.0.tar.gz', key: 'flask' },
    ],
    [
      '/files/torch/torch-2.0%2Bcpu-py3-none-any.whl.metadata',
      { kind: 'artifact', path: 'files/torch/torch-2.0+cpu-py3-none-any.whl.metadata', key: 'torch' },
    ],
    [
      '/integrity/flask/3.0.0/flask-3.0.0.tar.gz/provenance',
      { kind: 'index', key: 'flask', document: 'provenance/flask-3.0.0.tar.gz' },
    ],
    ['/Flask/json', { kind: 'index', key: 'flask', document: 'json' }],
    ['/flask/3.0.0/json', { kind: 'index', key: 'flask', document: 'json/3.0.0' }],
    ['/pypi/flask/json', { kind: 'index', key: 'flask', document: 'json' }],
  ])('%s', (path, request) => {
    expect(parse(path)).toEqual(request)
    expect(parse(path, 'HEAD')).toEqual(request)
  })

  it.each([
    ['/simple/flask/extra/', 'NOT_SERVED'],
    ['/simple/../files/', 'BAD_REQUEST'],
    ['/simple/fl%2561sk/', 'BAD_REQUEST'],
    ['/simple/fl%00ask/', 'BAD_REQUEST'],
    ['/simple//flask/', 'BAD_REQUEST'],
    ['/simple/a%2fb/', 'NOT_SERVED'],
    ['/files/flask/other-1.0.tar.gz', 'NOT_SERVED'],
    ['/files/Flask/flask-1.0.tar.gz', 'NOT_SERVED'],
    ['/files/flask/flask-1.0.tar.gz.asc', 'NOT_SERVED'],
    ['/files/flask/..%2fflask-1.0.tar.gz', 'BAD_REQUEST'],
    ['/integrity/flask/2.0/flask-3.0.0.tar.gz/provenance', 'NOT_SERVED'],
    ['/packages/ab/flask-1.0.tar.gz', 'NOT_SERVED'],
    ['/', 'NOT_SERVED'],
  ])('refuses %s', (path, code) => {
    expect(() => parse(path)).toThrowError(expect.objectContaining({ code }))
  })

  it.each(['POST', 'PUT', 'DELETE'])('refuses %s with a reason: uploads and XML-RPC', (method) => {
    expect(() => parse('/', method)).toThrowError(
      expect.objectContaining({ code: 'METHOD_NOT_ALLOWED', message: expect.stringContaining('read-only') }),
    )
  })
})
