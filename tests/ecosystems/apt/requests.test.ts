// APT paths: documents, packages, and everything else that is refused.
import { describe, expect, it } from 'vitest'
import { parseAptRequest } from '../../../src/ecosystems/apt/requests.ts'
import type { RepositorySettings } from '../../../src/ecosystems/ecosystem.ts'

function settings(suites: readonly string[]): RepositorySettings {
  return {
    name: 'debian',
    type: 'deb',
    upstreams: ['http://upstream.test'],
    publicUrl: 'http://localhost/debian',
    indexMode: 'lazy',
    reserved: [],
    options: { suites },
  }
}

const parse = (path: string, suites = ['stable'], method = 'GET') =>
  parseAptRequest(method, path, settings(suites))
const code = (path: string, suites?: string[], method?: string): string => {
  try {
    return JSON.stringify(parse(path, suites, method))
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

describe('APT paths', () => {
  it('are documents of a configured suite, or packages', () => {
    expect(parse('/dists/stable/InRelease')).toEqual({
      kind: 'index',
      key: 'archive',
      document: 'dists/stable/InRelease',
    })
    expect(parse('/pool/main/libs/libstdc%2b%2b6_12_amd64.deb')).toEqual({
      kind: 'artifact',
      key: 'archive',
      path: 'pool/main/libs/libstdc++6_12_amd64.deb',
    })
    expect(parse('/pool/main/d/x_1_amd64.udeb').kind).toBe('artifact')
    expect(parse('/dists/stable/updates/InRelease', ['stable/updates']).kind).toBe('index')
  })

  it('of a flat repository begin with ./ or not', () => {
    expect(parse('/./InRelease', ['./'])).toMatchObject({ kind: 'index', document: 'InRelease' })
    expect(parse('/./demo_1_all.deb', ['./'])).toMatchObject({ kind: 'artifact', path: 'demo_1_all.deb' })
    expect(parse('/sub/Packages.gz', ['sub/'])).toMatchObject({ kind: 'index', document: 'sub/Packages.gz' })
    expect(code('/other/Packages.gz', ['sub/'])).toBe('NOT_SERVED')
    expect(code('/secret.txt', ['./'])).toBe('NOT_SERVED')
  })

  it.each([
    ['/dists/other/InRelease', 'NOT_SERVED'],
    ['/dists/stableX/InRelease', 'NOT_SERVED'],
    ['/pool/main/d/demo_1.dsc', 'NOT_SERVED'],
    ['/pool/main/d/demo_1.tar.xz', 'NOT_SERVED'],
    ['/', 'BAD_REQUEST'],
    ['/pool/../etc/x.deb', 'BAD_REQUEST'],
    ['/pool/%2e%2e/x.deb', 'BAD_REQUEST'],
    ['/pool//x.deb', 'BAD_REQUEST'],
    ['/pool/a%00.deb', 'BAD_REQUEST'],
    ['/pool/%252e%252e/x.deb', 'BAD_REQUEST'],
    ['/pool/a%2fb.deb', 'NOT_SERVED'],
  ])('%s is %s', (path, expected) => {
    expect(code(path)).toBe(expected)
  })

  it('are only read', () => {
    expect(code('/dists/stable/InRelease', undefined, 'POST')).toBe('METHOD_NOT_ALLOWED')
  })
})
