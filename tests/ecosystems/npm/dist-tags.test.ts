// Dist-tags after versions were withheld.
import { describe, expect, it } from 'vitest'
import { moveDistTags } from '../../../src/ecosystems/npm/dist-tags.ts'
import type { Manifest } from '../../../src/ecosystems/npm/packument.ts'

function versionsOf(...versions: string[]): Record<string, Manifest> {
  return Object.fromEntries(
    versions.map((version) => [version, { name: 'pkg', version, dist: { tarball: '' } }]),
  )
}

describe('latest of a withheld version', () => {
  it.each([
    ['the newest stable one below', '2.0.0', ['1.0.0', '1.9.0', '2.1.0-rc.1', '3.0.0'], '1.9.0'],
    ['a pre-release when there is nothing else', '2.0.0', ['2.0.0-rc.1'], '2.0.0-rc.1'],
    ['the lowest one above when there is nothing below', '1.0.0', ['3.0.0', '2.0.0'], '2.0.0'],
    ['the newest stable one when the tag names no version', 'garbage', ['1.0.0', '3.0.0-rc.1'], '1.0.0'],
  ])('is moved to %s', (_, latest, shown, expected) => {
    expect(moveDistTags({ latest, next: latest }, versionsOf(...shown))).toEqual({ latest: expected })
  })
})

it('keeps tags whose names objects have of their own, and only those that point to what is shown', () => {
  const tags = JSON.parse(
    '{"latest":"1.0.0","constructor":"1.0.0","toString":"9.9.9","valueOf":"hasOwnProperty"}',
  )
  expect(moveDistTags(tags, versionsOf('1.0.0'))).toEqual({ latest: '1.0.0', constructor: '1.0.0' })
})
