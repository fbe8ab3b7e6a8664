// A Release file: what is read of it, and what makes it refused.
import { describe, expect, it } from 'vitest'
import { checkRelease, parseRelease } from '../../../src/ecosystems/apt/release.ts'

const SHA256 = 'b'.repeat(64)
const NOW = new Date('2026-06-01T12:00:00Z')

function release(changes: Record<string, string | undefined> = {}): string {
  const fields: Record<string, string | undefined> = {
    Origin: 'Archive',
    Suite: 'stable',
    Codename: 'bookworm',
    Date: 'Mon, 01 Jun 2026 08:00:00 UTC',
    SHA256: `\n ${SHA256} 100 main/binary-amd64/Packages\n ${SHA256}      20 main/binary-amd64/Packages.gz`,
    ...changes,
  }
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`]))
    .join('')
}

const parse = (text: string) => parseRelease(text, 'Release')
const check = (changes: Record<string, string>, suite = 'bookworm', former?: string) =>
  checkRelease(parse(release(changes)), suite, former, NOW, 'Release')

describe('a Release', () => {
  it('gives its fields, dates and files', () => {
    const parsed = parse(release({ 'Valid-Until': 'Mon, 08 Jun 2026 08:00:00 UTC' }))
    expect(parsed.files.get('main/binary-amd64/Packages.gz')).toEqual({ sha256: SHA256, sizeBytes: 20 })
    expect(parsed.fields.get('Origin')).toBe('Archive')
    expect([...parsed.fields.keys()]).not.toContain('SHA256')
    expect(parsed.date.toISOString()).toBe('2026-06-01T08:00:00.000Z')
    expect(parsed.validUntil?.toISOString()).toBe('2026-06-08T08:00:00.000Z')
  })

  it.each([
    ['without SHA256', { SHA256: undefined, MD5Sum: `\n ${'c'.repeat(32)} 1 x` }, 'has no SHA256'],
    ['without Date', { Date: undefined }, 'has no Date'],
    ['with a Date that is none', { Date: 'yesterday-ish' }, 'has no Date'],
    ['that lists a path outside', { SHA256: `\n ${SHA256} 1 ../../etc/passwd` }, 'cannot be read'],
    ['that lists an absolute path', { SHA256: `\n ${SHA256} 1 /etc/passwd` }, 'cannot be read'],
    ['with a short digest', { SHA256: '\n abc 1 Packages' }, 'cannot be read'],
    ['with a size that is none', { SHA256: `\n ${SHA256} 1e9 Packages` }, 'cannot be read'],
    [
      'that lists a path twice',
      { SHA256: `\n ${SHA256} 1 Packages\n ${'d'.repeat(64)} 1 Packages` },
      'twice with different digests',
    ],
  ])('%s is refused', (_, changes, why) => {
    expect(() => parse(release(changes))).toThrow(why)
  })

  it.each([
    ['a field twice', `${release()}origin: Other\n`, 'has origin twice'],
    ['NUL', release({ Label: 'a\0b' }), 'NUL'],
    ['CR', release({ Label: 'a\r\nDate: x' }), 'CR'],
    ['a second paragraph', `${release()}\nnonsense\n`, 'no field'],
  ])('with %s is refused', (_, text, why) => {
    expect(() => parse(text)).toThrow(why)
  })

  it('is refused when it has expired, is from the future, or older than one seen before', () => {
    expect(() => check({ 'Valid-Until': 'Mon, 01 Jun 2026 11:59:59 UTC' })).toThrow('expired')
    expect(() => check({ Date: 'Mon, 01 Jun 2026 12:06:00 UTC' })).toThrow('in the future')
    expect(() => check({ Date: 'Mon, 01 Jun 2026 12:04:00 UTC' })).not.toThrow()
    expect(() => check({}, 'bookworm', '2026-06-01T08:00:01.000Z')).toThrow('went back in time')
    expect(() => check({}, 'bookworm', '2026-06-01T08:00:00.000Z')).not.toThrow()
  })

  it('is about the configured suite, by Suite or Codename', () => {
    expect(() => check({}, 'stable')).not.toThrow()
    expect(() => check({}, 'bookworm')).not.toThrow()
    expect(() => check({}, 'trixie')).toThrow('is about stable or bookworm')
    expect(() => check({ Codename: 'bookworm-security' }, 'bookworm-security/updates')).not.toThrow()
    expect(() => check({ Suite: 'unstable', Codename: 'sid' }, './')).not.toThrow()
  })
})
