// What an npm packument may claim, how it reads when versions are withheld, and whose signatures count.
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RenderContext, Rendered } from '../../../src/ecosystems/ecosystem.ts'
import { readPackumentClaims, renderPackument } from '../../../src/ecosystems/npm/index-document.ts'
import { parsePackument } from '../../../src/ecosystems/npm/packument.ts'
import { checkRegistrySignature, parseRegistryKeys } from '../../../src/ecosystems/npm/registry-signature.ts'
import { noSigner } from '../../../src/gate/signer.ts'
import type { ArtifactClaim } from '../../../src/model/claim.ts'
import type { IndexSet } from '../../../src/model/index-set.ts'
import type { Verdict } from '../../../src/model/verdict.ts'

const SHA512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`
const BLOCKED: Verdict = {
  outcome: 'blocked',
  reasons: [{ rule: 'known-malware', text: 'malware' }],
  warnings: [],
  policy: 'test@1',
}

function manifest(version: string, more: object = {}): object {
  const tarball = `https://upstream.test/left/-/left-${version}.tgz`
  return {
    name: 'left',
    version,
    dist: { tarball, integrity: SHA512, signatures: [{ keyid: 'k', sig: 's' }] },
    ...more,
  }
}

function packument(versions: Record<string, object>, tags: Record<string, string>): Record<string, unknown> {
  const time: Record<string, string> = {
    created: '2020-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
  }
  for (const version of Object.keys(versions)) time[version] = '2025-01-01T00:00:00.000Z'
  return { name: 'left', 'dist-tags': tags, versions, time, readme: 'long' }
}

function contextFor(document: unknown, withheld: readonly string[], asked = 'packument') {
  const set: IndexSet = {
    key: 'left',
    facts: {},
    documents: [{ name: 'packument', url: 'https://upstream.test/left', sha256: '0', sizeBytes: 1 }],
  }
  const context: RenderContext = {
    document: asked,
    settings: {
      name: 'npm',
      type: 'npm',
      upstreams: ['https://upstream.test'],
      publicUrl: 'http://gateway.test/npm',
      indexMode: 'lazy',
      reserved: [],
      options: {},
    },
    open: async () => Buffer.from(JSON.stringify(document)),
    show: (claim: ArtifactClaim) =>
      withheld.includes(claim.version) ? { show: false, verdict: BLOCKED } : { show: true },
    sign: noSigner,
    now: new Date(),
    generation: 1,
  }
  return { set, context }
}

async function render(document: unknown, withheld: readonly string[], asked?: string): Promise<Rendered> {
  const { set, context } = contextFor(document, withheld, asked)
  return renderPackument(set, context)
}

function json(rendered: Rendered, at = 0) {
  return JSON.parse(Buffer.from(rendered.documents[at]?.body ?? []).toString('utf8'))
}

describe('a packument without withheld versions', () => {
  it('changes tarball URLs and nothing else of a version', async () => {
    const rendered = await render(packument({ '1.0.0': manifest('1.0.0') }, { latest: '1.0.0' }), [])
    const { dist } = json(rendered).versions['1.0.0']
    expect(dist).toEqual({
      tarball: 'http://gateway.test/npm/left/-/left-1.0.0.tgz',
      integrity: SHA512,
      signatures: [{ keyid: 'k', sig: 's' }],
    })
  })
  it('has time in both forms, and install facts in the abbreviated one', async () => {
    const rendered = await render(
      packument(
        { '1.0.0': manifest('1.0.0', { scripts: { postinstall: 'x' }, engines: { node: '20' } }) },
        { latest: '1.0.0' },
      ),
      [],
    )
    expect(json(rendered, 0).time['1.0.0']).toBe('2025-01-01T00:00:00.000Z')
    const short = json(rendered, 1)
    expect(short.time['1.0.0']).toBe('2025-01-01T00:00:00.000Z')
    expect(short.readme).toBeUndefined()
    expect(short.versions['1.0.0']).toMatchObject({ hasInstallScript: true, engines: { node: '20' } })
    expect(short.versions['1.0.0'].scripts).toBeUndefined()
  })
})

describe('withheld versions', () => {
  const versions = {
    '1.0.0': manifest('1.0.0'),
    '1.1.0': manifest('1.1.0', { deprecated: 'old' }),
    '1.2.0-beta.1': manifest('1.2.0-beta.1'),
    '1.2.0': manifest('1.2.0'),
    '2.0.0-next.1': manifest('2.0.0-next.1'),
  }
  const document = packument(versions, { latest: '1.2.0', next: '2.0.0-next.1', bad: '1.2.0' })

  it('vanish from versions, time and tags; latest moves to the newest stable, not deprecated one below', async () => {
    const value = json(await render(document, ['1.2.0']))
    expect(Object.keys(value.versions)).not.toContain('1.2.0')
    expect(value.time['1.2.0']).toBeUndefined()
    expect(value['dist-tags']).toEqual({ latest: '1.0.0', next: '2.0.0-next.1' })
  })
  it('never make latest jump to a version above the original', async () => {
    expect(json(await render(document, ['1.0.0', '1.1.0', '1.2.0']))['dist-tags'].latest).toBe('1.2.0-beta.1')
  })
  it('are told to npm when they are newer than what is shown', async () => {
    const rendered = await render(document, ['1.2.0'])
    expect(rendered.documents[0]?.headers?.['npm-notice']).toContain('withheld left@1.2.0: malware')
    expect((await render(document, ['1.0.0'])).documents[0]?.headers).toBeUndefined()
  })
  it('refuse the whole packument when nothing is left', async () => {
    const rendered = await render(document, Object.keys(versions))
    expect(rendered.documents).toEqual([])
    expect(rendered.refused).toEqual(BLOCKED)
  })
  it('are refused as a manifest, by version and by a tag that cannot move', async () => {
    expect((await render(document, ['1.2.0'], 'manifest/1.2.0')).refused).toEqual(BLOCKED)
    expect(json(await render(document, ['1.2.0'], 'manifest/latest')).version).toBe('1.0.0')
    expect((await render(document, [], 'manifest/9.9.9')).documents).toEqual([])
    expect(json(await render(document, ['1.2.0'], 'dist-tags'))).toEqual({
      latest: '1.0.0',
      next: '2.0.0-next.1',
    })
  })
})

describe('an upstream document', () => {
  it.each([
    ['broken', '{"name":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['about another package', '{"name":"right","versions":{}}'],
  ])('that is %s is refused', (_name, text) => {
    expect(() => parsePackument(Buffer.from(text), 'left')).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_INVALID' }),
    )
  })
  it('loses versions that lie about themselves, promise no digest, or are no versions', async () => {
    const hostile = {
      '1.0.0': manifest('1.0.0'),
      '1.0.1': manifest('9.9.9'),
      '1.0.2': { ...manifest('1.0.2'), name: 'right' },
      '1.0.3': { name: 'left', version: '1.0.3', dist: { tarball: 'https://upstream.test/x.tgz' } },
      '../evil': manifest('../evil'),
      'not-a-version': manifest('not-a-version'),
    }
    const { set, context } = contextFor(packument(hostile, { latest: '1.0.0' }), [])
    const claims = [...(await readPackumentClaims(set, context))]
    expect(claims.map(({ version }) => version)).toEqual(['1.0.0'])
    expect(claims[0]).toMatchObject({
      path: 'left/-/left-1.0.0.tgz',
      digests: { sha512: '07'.repeat(64) },
      publishedAt: '2025-01-01T00:00:00.000Z',
    })
  })
  it('cannot smuggle in a prototype', () => {
    const parsed = parsePackument(
      Buffer.from('{"name":"left","versions":{"__proto__":{"polluted":true}},"time":{"__proto__":"x"}}'),
      'left',
    )
    expect(Object.keys(parsed.versions)).toEqual([])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
  it('loses tarballs on other schemes than http', async () => {
    const { set, context } = contextFor(
      packument(
        { '1.0.0': manifest('1.0.0', { dist: { tarball: 'file:///etc/passwd', integrity: SHA512 } }) },
        {},
      ),
      [],
    )
    expect([...(await readPackumentClaims(set, context))]).toEqual([])
  })
})

describe('registry signatures', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const sig = sign('sha256', Buffer.from(`left@1.0.0:${SHA512}`), privateKey).toString('base64')

  function claimWith(
    pairs: { keyid: string; sig: string }[],
    publishedAt = '2025-01-01T00:00:00.000Z',
  ): ArtifactClaim {
    const facts = { signatures: { integrity: SHA512, pairs } }
    return {
      repository: 'npm',
      type: 'npm',
      name: 'left',
      version: '1.0.0',
      path: '',
      indexKey: 'left',
      url: '',
      digests: {},
      publishedAt,
      facts,
    }
  }
  const keys = (expires: string | null) =>
    parseRegistryKeys(Buffer.from(JSON.stringify({ keys: [{ keyid: 'k', key, expires }] }))) ?? []
  const rules = (claim: ArtifactClaim, expires: string | null = null) =>
    checkRegistrySignature(claim, keys(expires)).map(({ rule, severity }) => `${rule} ${severity}`)

  it('passes what the registry signed', () => {
    expect(rules(claimWith([{ keyid: 'k', sig }]))).toEqual([])
  })
  it('refuses a signature over something else', () => {
    const other = sign('sha256', Buffer.from('left@1.0.1:x'), privateKey).toString('base64')
    expect(rules(claimWith([{ keyid: 'k', sig: other }]))).toEqual([
      'npm-registry-signature-invalid critical',
    ])
  })
  it('refuses a key that had expired before the version was published', () => {
    expect(rules(claimWith([{ keyid: 'k', sig }]), '2024-01-01')).toEqual([
      'npm-registry-signature-invalid critical',
    ])
    expect(rules(claimWith([{ keyid: 'k', sig }]), '2026-01-01')).toEqual([])
  })
  it('tells a missing signature and an unknown key without blocking', () => {
    expect(rules(claimWith([]))).toEqual(['npm-registry-signature-missing info'])
    expect(rules(claimWith([{ keyid: 'z', sig }]))).toEqual(['npm-registry-signature-unknown-key low'])
  })
})
