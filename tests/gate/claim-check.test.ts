// The comparison that stands between an upstream's bytes and everything else.
import { describe, expect, it } from 'vitest'
import { checkAgainstClaim } from '../../src/gate/claim-check.ts'
import type { ArtifactClaim, Digests, PurlType } from '../../src/model/claim.ts'

const BYTES = {
  digests: { md5: 'a'.repeat(32), sha1: 'b'.repeat(40), sha256: 'c'.repeat(64), sha512: 'd'.repeat(128) },
  sizeBytes: 10,
}

function claim(
  digests: Digests,
  more: { sizeBytes?: number; type?: PurlType; identity?: string } = {},
): ArtifactClaim {
  return {
    repository: 'npm',
    type: more.type ?? 'npm',
    name: 'a',
    version: '1',
    path: 'a',
    indexKey: 'a',
    url: 'https://upstream.test/a',
    digests,
    ...(more.sizeBytes === undefined ? {} : { sizeBytes: more.sizeBytes }),
    facts: more.identity === undefined ? {} : { identity: more.identity },
  }
}

describe('bytes are those of the claim', () => {
  it.each<[string, Digests]>([
    ['the strongest digest', { sha512: BYTES.digests.sha512 }],
    ['all digests', BYTES.digests],
    [
      'a digest that we do not compute beside one that we do',
      { sha384: 'e'.repeat(96), sha256: BYTES.digests.sha256 },
    ],
    ['an old digest alone', { sha1: BYTES.digests.sha1 }],
  ])('%s', (_name, digests) => {
    expect(() => checkAgainstClaim(claim(digests, { sizeBytes: 10 }), BYTES)).not.toThrow()
  })
  it('apk: bound by its control member, which the package reader compares', () => {
    expect(() =>
      checkAgainstClaim(claim({}, { type: 'apk', identity: 'Q1x', sizeBytes: 10 }), BYTES),
    ).not.toThrow()
  })
})

describe('bytes are not those of the claim', () => {
  it.each<[string, ArtifactClaim]>([
    ['another digest', claim({ sha256: 'f'.repeat(64) })],
    ['one of several digests', claim({ ...BYTES.digests, md5: '0'.repeat(32) })],
    ['another size', claim(BYTES.digests, { sizeBytes: 11 })],
    ['no digest', claim({})],
    ['no digest that can be compared', claim({ sha384: 'e'.repeat(96) })],
    ['an identity without being apk', claim({}, { identity: 'Q1x' })],
    ['apk without identity', claim({}, { type: 'apk' })],
  ])('%s', (_name, promised) => {
    expect(() => checkAgainstClaim(promised, BYTES)).toThrow(
      expect.objectContaining({ code: 'CLAIM_MISMATCH' }),
    )
  })
})
