// Packages text: stanzas read or refused, and cut without touching their neighbours.
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packWithout, segmentsOf } from '../../../src/ecosystems/apt/segments.ts'
import { readStanzaTable } from '../../../src/ecosystems/apt/stanza-table.ts'

const SHA256 = 'a'.repeat(64)

function stanza(changes: Record<string, string | undefined> = {}): string {
  const fields = {
    Package: 'demo',
    Version: '1.0-1',
    Architecture: 'amd64',
    Filename: 'pool/main/d/demo/demo_1.0-1_amd64.deb',
    Size: '1234',
    SHA256,
    Description: 'a demo\n with a second line\n .\n and a colon: here',
    ...changes,
  }
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`]))
    .join('')
}

function read(text: string) {
  const table = readStanzaTable(Buffer.from(text, 'latin1'), 'Packages')
  return Array.from({ length: table.count }, (_, at) => ({
    start: table.startOf(at),
    end: table.endOf(at),
    files: table.filesOf(at),
  }))
}
const refusal = (text: string): string => {
  try {
    read(text)
  } catch (error) {
    return String(error)
  }
  return 'NOT REFUSED'
}

describe('stanzas', () => {
  it('are cut at blank lines, however many, and read up to the end of the text', () => {
    const text = `\n${stanza()}\n\n\n${stanza({ Package: 'other', Source: 'src (2.0)' }).trimEnd()}`
    const [first, second, ...more] = read(text)
    expect(more).toEqual([])
    expect(first?.files).toEqual([
      {
        name: 'demo',
        version: '1.0-1',
        architecture: 'amd64',
        path: 'pool/main/d/demo/demo_1.0-1_amd64.deb',
        sizeBytes: 1234,
        sha256: SHA256,
        source: 'demo',
        sourceVersion: '1.0-1',
      },
    ])
    expect(text.slice(first?.start, first?.end)).toBe(stanza())
    expect(second?.files[0]).toMatchObject({ source: 'src', sourceVersion: '2.0' })
    expect(second?.end).toBe(text.length)
  })

  it.each([
    ['a Filename that climbs', { Filename: 'pool/../../etc/shadow.deb' }, 'leaves the archive'],
    ['a Filename that is absolute', { Filename: '/etc/shadow.deb' }, 'leaves the archive'],
    ['a Filename with a scheme', { Filename: 'http://elsewhere.test/x.deb' }, 'leaves the archive'],
    ['a Filename with a scheme that needs no slashes', { Filename: 'file:x.deb' }, 'leaves the archive'],
    ['a Filename with an empty part', { Filename: 'pool//x.deb' }, 'leaves the archive'],
    ['a Filename with a space', { Filename: 'pool/a b.deb' }, 'leaves the archive'],
    ['no SHA256', { SHA256: undefined, MD5sum: 'b'.repeat(32) }, 'without SHA256'],
    ['a SHA256 that is none', { SHA256: 'abc' }, 'cannot be read'],
    ['no Size', { Size: undefined }, 'without Size'],
    ['a negative Size', { Size: '-1' }, 'cannot be read'],
    ['no Filename', { Filename: undefined }, 'without Filename'],
    ['an empty Version', { Version: '' }, 'without Version'],
    ['a Package that is a path', { Package: '../x' }, 'cannot be read'],
    ['a Version with a space', { Version: '1.0 evil' }, 'cannot be read'],
  ])('with %s are refused', (_, changes, why) => {
    expect(refusal(stanza(changes))).toContain(why)
  })

  it.each([
    ['the same field twice', `${stanza()}Filename: pool/other.deb\n`, 'with Filename twice'],
    ['the same field in another case', `${stanza()}filename: pool/other.deb\n`, 'with filename twice'],
    ['a needed field in another case only', stanza({ SHA256: undefined, sha256: SHA256 }), 'without SHA256'],
    ['a line that is no field', `${stanza()}no colon here\n`, 'no field'],
    ['a field name with a space', `${stanza()}File name: x\n`, 'field name that cannot be read'],
    ['a continuation line first', ` x\n${stanza()}`, 'begins with a continuation line'],
    ['a NUL', stanza({ Description: 'a\0b' }), 'NUL'],
    ['a CR', stanza({ Description: 'a\r\nFilename: x' }), 'CR'],
  ])('with %s are refused', (_, text, why) => {
    expect(refusal(text)).toContain(why)
  })
})

describe('cutting', () => {
  // Stanzas of up to 400 KB, so that a text has several segments.
  const filler = fc.integer({ min: 0, max: 400_000 }).map((length) => 'x'.repeat(length))
  const archive = fc.array(fc.record({ filler, cut: fc.boolean() }), { minLength: 1, maxLength: 12 })

  it('leaves out exactly the cut stanzas, and the gzip member holds what the plain text holds', () => {
    fc.assert(
      fc.property(archive, (parts) => {
        const texts = parts.map((part, at) => stanza({ Package: `p${at}`, Tag: part.filler }))
        const text = `${texts.join('\n')}\n`
        const stanzas = read(text)
        const bytes = Buffer.from(text, 'latin1')
        const segments = segmentsOf(readStanzaTable(bytes, 'Packages'), bytes.length)
        const cuts = stanzas.flatMap(({ start, end }, at) =>
          parts[at]?.cut === true ? [[start, end + 1] as const] : [],
        )
        const expected = texts.filter((_, at) => parts[at]?.cut !== true)
        for (const round of ['packed now', 'packed before']) {
          const { gzip, sha256, sizeBytes } = packWithout(bytes, segments, cuts)
          const plain = gunzipSync(Buffer.concat(gzip))
          expect(createHash('sha256').update(plain).digest('hex'), round).toBe(sha256)
          expect(plain.length).toBe(sizeBytes)
          expect(read(plain.toString('latin1')).map(({ files }) => files[0]?.name)).toEqual(
            expected.map((one) => /Package: (\S+)/.exec(one)?.[1]),
          )
          expect(plain.length).toBe(text.length - cuts.reduce((sum, [start, end]) => sum + end - start, 0))
        }
      }),
      { numRuns: 25 },
    )
  })
})
