// Times behind the mount of a repository.
import { expect, it } from 'vitest'
import { parseMount } from '../../src/http/snapshot-mount.ts'

it.each([
  ['debian', { name: 'debian' }],
  ['debian@20260131T120000Z', { name: 'debian', at: Date.parse('2026-01-31T12:00:00Z') }],
  ['debian@2026-01-31T12:00:00Z', { name: 'debian', at: Date.parse('2026-01-31T12:00:00Z') }],
  ['debian@2026-01-31', { name: 'debian', at: Date.parse('2026-01-31T23:59:59Z') }],
  ['@scope', { name: '@scope' }],
])('%s is %o', (segment, expected) => {
  expect(parseMount(segment)).toEqual(expected)
})

it.each(['debian@', 'debian@yesterday', 'debian@20261331T000000Z', 'debian@2026', 'a@b@20260131T120000Z'])(
  '%s is refused',
  (segment) => {
    expect(() => parseMount(segment)).toThrow('like 20260131T120000Z')
  },
)
