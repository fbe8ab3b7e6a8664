// Which release's advisories count for a repository: told, or derived from suites, addresses and branches.
import { describe, expect, it } from 'vitest'
import { isOfRelease } from '../../src/advisories/distributions.ts'
import { releasesOf, releasesOfClaim } from '../../src/gate/releases.ts'
import type { PurlType } from '../../src/model/claim.ts'

describe('releases', () => {
  it.each<[PurlType, string, string, Record<string, unknown>, string[]]>([
    [
      'deb',
      'debian',
      'http://upstream.test/debian',
      { suites: ['bookworm', 'bookworm-updates'] },
      ['Debian:12'],
    ],
    ['deb', 'security', 'http://upstream.test/s', { suites: ['bookworm-security/updates'] }, ['Debian:12']],
    [
      'deb',
      'ubuntu',
      'http://upstream.test/ubuntu',
      { suites: ['jammy', 'noble-updates'] },
      ['Ubuntu:22.04:LTS', 'Ubuntu:24.04:LTS'],
    ],
    ['deb', 'own', 'http://upstream.test/own', { suites: ['stable'] }, []],
    [
      'deb',
      'own',
      'http://upstream.test/own',
      { suites: ['stable'], distribution: 'Debian:12' },
      ['Debian:12'],
    ],
    ['deb', 'trap', 'http://upstream.test/own', { suites: ['constructor', '__proto__'] }, []],
    ['rpm', 'base', 'http://upstream.test/almalinux/9/BaseOS/x86_64/os', {}, ['AlmaLinux:9']],
    ['rpm', 'base', 'http://upstream.test/almalinux/9.4/BaseOS/x86_64/os', {}, ['AlmaLinux:9']],
    ['rpm', 'rocky9-baseos', 'http://10.0.0.1/mirror', {}, ['Rocky Linux:9']],
    ['rpm', 'epel', 'http://upstream.test/epel/9/Everything', {}, []],
    [
      'apk',
      'alpine',
      'http://upstream.test/alpine',
      { versions: ['v3.19', 'v3.20'] },
      ['Alpine:v3.19', 'Alpine:v3.20'],
    ],
    ['apk', 'alpine', 'http://upstream.test/alpine/v3.20/main', {}, ['Alpine:v3.20']],
    ['apk', 'wolfi', 'http://upstream.test/os', {}, ['Wolfi']],
    ['npm', 'npm', 'http://upstream.test/debian', {}, []],
  ])('of a %s repository %s at %s with %j', (type, name, upstream, options, expected) => {
    expect(releasesOf({ name, type, upstreams: [upstream], options })).toEqual(expected)
  })

  it('of one apk branch are its own', () => {
    const all = ['Alpine:v3.19', 'Alpine:v3.20']
    expect(releasesOfClaim(all, { type: 'apk', indexKey: 'v3.20/main/x86_64' })).toEqual(['Alpine:v3.20'])
    expect(releasesOfClaim(all, { type: 'apk', indexKey: 'edge/main/x86_64' })).toEqual(all)
  })

  it.each([
    ['Debian:12', 'Debian:12', true],
    ['Debian:1', 'Debian:12', false],
    ['Debian', 'Debian:12', true],
    ['Red Hat:enterprise_linux:9::baseos', 'Red Hat:enterprise_linux:9', true],
    ['Red Hat:enterprise_linux:91', 'Red Hat:enterprise_linux:9', false],
    ['Alpine', 'Wolfi', false],
    ['', 'Wolfi', true],
  ])('a record about %j counts for %j: %s', (recorded, release, counts) => {
    expect(isOfRelease(recorded, release)).toBe(counts)
  })
})
