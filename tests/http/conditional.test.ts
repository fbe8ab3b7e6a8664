// Conditional and range requests (RFC 9110).
import { describe, expect, it } from 'vitest'
import { isNotModified, rangeOf } from '../../src/http/conditional.ts'

const ETAG = '"abc"'
const DATE = 'Tue, 24 Nov 2026 10:00:00 GMT'

describe('If-None-Match and If-Modified-Since (RFC 9110 section 13)', () => {
  it.each([
    ['the same tag', ETAG, undefined, true],
    ['one of several', '"x", "abc"', undefined, true],
    ['a weak copy of it', 'W/"abc"', undefined, true],
    ['any', '*', undefined, true],
    ['another tag', '"abd"', undefined, false],
    ['another tag, whatever the date says', '"abd"', DATE, false],
    ['the same second', undefined, DATE, true],
    ['a later date', undefined, 'Tue, 24 Nov 2026 10:00:01 GMT', true],
    ['an earlier date', undefined, 'Tue, 24 Nov 2026 09:59:59 GMT', false],
    ['no date at all', undefined, 'yesterday', false],
    ['nothing', undefined, undefined, false],
  ])('%s', (_name, ifNoneMatch, ifModifiedSince, expected) => {
    expect(isNotModified({ ifNoneMatch, ifModifiedSince }, ETAG, DATE)).toBe(expected)
  })
})

describe('Range and If-Range (RFC 9110 section 14)', () => {
  it.each([
    ['no range', undefined, undefined, 'whole'],
    ['the first ten bytes', 'bytes=0-9', undefined, { start: 0, end: 9 }],
    ['from the middle', 'bytes=90-', undefined, { start: 90, end: 99 }],
    ['the last ten', 'bytes=-10', undefined, { start: 90, end: 99 }],
    ['more than there is, from the end', 'bytes=-500', undefined, { start: 0, end: 99 }],
    ['an end beyond the end', 'bytes=95-200', undefined, { start: 95, end: 99 }],
    ['a start beyond the end', 'bytes=100-', undefined, 'unsatisfiable'],
    ['no bytes at all', 'bytes=-0', undefined, 'unsatisfiable'],
    ['several ranges', 'bytes=0-1,4-5', undefined, 'whole'],
    ['another unit', 'lines=0-1', undefined, 'whole'],
    ['an end before the start', 'bytes=9-1', undefined, 'whole'],
    ['junk', 'bytes=-', undefined, 'whole'],
    ['the bytes the client began with', 'bytes=90-', ETAG, { start: 90, end: 99 }],
    ['the date the client began with', 'bytes=90-', DATE, { start: 90, end: 99 }],
    ['other bytes than the client began with', 'bytes=90-', '"old"', 'whole'],
    ['a weak tag, which never matches strongly', 'bytes=90-', 'W/"abc"', 'whole'],
  ])('%s', (_name, range, ifRange, expected) => {
    expect(rangeOf({ range, ifRange }, 100, ETAG, DATE)).toEqual(expected)
  })

  it('nothing of an empty artifact', () => {
    expect(rangeOf({ range: 'bytes=-1', ifRange: undefined }, 0, ETAG, DATE)).toBe('unsatisfiable')
  })
})
