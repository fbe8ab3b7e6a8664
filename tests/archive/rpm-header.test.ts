// The rpm header parser on values of every kind, and on each way in which an index can lie.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  binaryTag,
  headerLength,
  numbersTag,
  parseHeader,
  stringsTag,
  stringTag,
} from '../../src/archive/rpm-header.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { buildHeader, type HeaderTag, type IndexEntry } from '../support/build-rpm-header.ts'

const TAGS: readonly HeaderTag[] = [
  { tag: 100, type: 'strings', value: ['C'] },
  { tag: 1000, type: 'string', value: 'hello' },
  { tag: 1004, type: 'i18n', value: ['Greets', 'Grüßt'] },
  { tag: 1028, type: 'int32', value: [1, 0xffffffff] },
  { tag: 1030, type: 'int16', value: [0o100644, 0o40755] },
  { tag: 1146, type: 'bin', value: Uint8Array.of(1, 2, 3) },
]

function hazardsOf(bytes: Uint8Array) {
  return parseHeader(bytes, 'main').hazards.map((hazard) => `${hazard.kind} ${hazard.tag}`)
}

describe('parseHeader', () => {
  it('reads values of every kind', () => {
    const header = parseHeader(buildHeader(TAGS, { region: 63 }), 'main')
    expect(header.hazards).toEqual([])
    expect(stringTag(header, 1000)).toBe('hello')
    expect(stringsTag(header, 1004)).toEqual(['Greets', 'Grüßt'])
    expect(numbersTag(header, 1028)).toEqual([1, 0xffffffff])
    expect(numbersTag(header, 1030)).toEqual([0o100644, 0o40755])
    expect(binaryTag(header, 1146)).toEqual(Buffer.of(1, 2, 3))
    expect(stringTag(header, 9999)).toBeUndefined()
  })

  it('keeps names apart that are not UTF-8', () => {
    const bytes = buildHeader([{ tag: 1117, type: 'strings', value: ['abc'] }], { region: 63 })
    bytes[bytes.indexOf('abc')] = 0xff
    expect(stringsTag(parseHeader(bytes, 'main'), 1117)).toEqual(['\xffbc'])
  })

  it('reports tags that the region leaves out', () => {
    const bytes = buildHeader(TAGS, {
      region: 63,
      dribbles: [{ tag: 1024, type: 'string', value: 'rm -rf /' }],
    })
    expect(hazardsOf(bytes)).toEqual(['dribble-tag 1024', 'region-size 63'])
  })

  it('reports a header without a region', () => {
    expect(hazardsOf(buildHeader(TAGS))).toEqual(['no-region 63'])
  })

  it('reports a tag that occurs twice', () => {
    const twice: HeaderTag = { tag: 1000, type: 'string', value: 'other' }
    expect(hazardsOf(buildHeader([...TAGS, twice], { region: 63 }))).toEqual(['duplicate-tag 1000'])
  })

  it('reports values that overlap', () => {
    const bytes = buildHeader(TAGS, { region: 63, tamper: (index) => set(index, 1004, { offset: 3 }) })
    expect(hazardsOf(bytes)).toContain('overlap 1004')
  })

  it('takes the image tag in the trailer of an old signature header', () => {
    const bytes = buildHeader([{ tag: 1004, type: 'bin', value: new Uint8Array(16) }], { region: 62 })
    bytes.writeInt32BE(61, bytes.length - 16)
    expect(parseHeader(bytes, 'signature').hazards).toEqual([])
  })

  it.each<[string, string, (index: IndexEntry[]) => void]>([
    ['rpm-header-entry', 'an offset outside the store', (index) => set(index, 1000, { offset: 1_000_000 })],
    ['rpm-header-entry', 'a negative offset', (index) => set(index, 1000, { offset: -1 })],
    ['rpm-header-entry', 'a value of no items', (index) => set(index, 1028, { count: 0 })],
    ['rpm-header-entry', 'more items than fit', (index) => set(index, 1028, { count: 0x40000000 })],
    [
      'rpm-header-entry',
      'a number that is not aligned',
      (index) => set(index, 1028, { offset: 1, count: 1 }),
    ],
    ['rpm-header-entry', 'an unknown type', (index) => set(index, 1000, { type: 10 })],
    ['rpm-header-entry', 'the type null', (index) => set(index, 1000, { type: 0 })],
    ['rpm-header-entry', 'a second region', (index) => set(index, 1000, { tag: 63 })],
    ['rpm-header-entry', 'two strings in a single-string type', (index) => set(index, 1000, { count: 2 })],
    ['rpm-string-end', 'more strings than there are NULs', (index) => set(index, 1004, { count: 1000 })],
    ['rpm-region', 'a region trailer outside the store', (index) => set(index, 63, { offset: 100_000 })],
    ['rpm-region', 'a region trailer that is something else', (index) => set(index, 63, { offset: 0 })],
  ])('refuses with %s %s', (rule, _name, tamper) => {
    expect(() => parseHeader(buildHeader(TAGS, { region: 63, tamper }), 'main')).toThrow(
      expect.objectContaining({ code: 'PACKAGE_INVALID', facts: expect.objectContaining({ rule }) }),
    )
  })

  it.each([
    ['rpm-header-magic', (intro: Buffer) => intro.writeUInt8(0, 0)],
    ['rpm-header-magic', (intro: Buffer) => intro.writeUInt8(1, 7)],
    ['rpm-header-size', (intro: Buffer) => intro.writeUInt32BE(0x10000, 8)],
    ['rpm-header-size', (intro: Buffer) => intro.writeUInt32BE(0, 8)],
    ['rpm-header-size', (intro: Buffer) => intro.writeUInt32BE(0x0fffffff, 12)],
  ])('refuses the intro with %s', (rule, change) => {
    const bytes = buildHeader(TAGS, { region: 63 })
    change(bytes)
    expect(() => headerLength(bytes, 'main')).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ rule }) }),
    )
  })

  it('answers any mutation with a header or with PACKAGE_INVALID', () => {
    const bytes = buildHeader(TAGS, { region: 63 })
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const copy = Buffer.from(bytes)
        for (const [at, value] of changes) copy[at] = value
        try {
          const header = parseHeader(copy, 'main')
          for (const tag of header.entries.keys()) stringsTag(header, tag)
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError)
        }
      }),
      { numRuns: 10_000, seed: 3 },
    )
  })
})

function set(index: IndexEntry[], tag: number, change: Partial<IndexEntry>): void {
  const entry = index.find((candidate) => candidate.tag === tag)
  if (!entry) throw new Error(`no tag ${tag}`)
  Object.assign(entry, change)
}
