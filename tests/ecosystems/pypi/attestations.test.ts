// Attestations of PyPI files (PEP 740): honest, forged and for other files.
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toTrustMaterial } from '@sigstore/verify'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkProvenance } from '../../../src/ecosystems/pypi/attestations.ts'
import { readTrustRoot } from '../../../src/ecosystems/pypi/trust-root.ts'
import { type AttestOptions, createSigstore, type Sigstore } from '../../support/sigstore.ts'
import { claimsIn, entry, hashOf, jsonPage } from './pages.ts'

const FILE = { filename: 'pkg-1.0-py3-none-any.whl', sha256: hashOf('wheel') }
const GITHUB = 'https://token.actions.githubusercontent.com'
const WORKFLOW = 'https://github.com/acme/pkg/.github/workflows/release.yml@refs/tags/v1.0'

const HONEST: AttestOptions = {
  ...FILE,
  subjectAlternativeName: WORKFLOW,
  issuer: GITHUB,
  publisher: { kind: 'GitHub', repository: 'acme/pkg', workflow: 'release.yml', environment: null },
}

describe('attestations of a file', () => {
  let sigstore: Sigstore
  beforeAll(async () => {
    sigstore = await createSigstore()
  })

  async function check(options: Partial<AttestOptions>, edit: (text: string) => string = (text) => text) {
    const provenance = JSON.stringify(await sigstore.attest({ ...HONEST, ...options }))
    const trust = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(sigstore.trustedRoot)))
    return checkProvenance(Buffer.from(edit(provenance)), FILE, trust)
  }

  it('says who attested the bytes', async () => {
    expect(await check({})).toEqual([
      {
        rule: 'pypi-attested',
        layer: 'integrity',
        severity: 'info',
        title: 'attested by GitHub acme/pkg, release.yml',
      },
    ])
  })

  it('takes the name of the file in any spelling of the project', async () => {
    expect(await check({ filename: 'PKG-1.0-py3-none-any.whl' })).toMatchObject([{ rule: 'pypi-attested' }])
  })

  it.each([
    ['other bytes', { sha256: hashOf('other') }],
    ['another file', { filename: 'pkg-2.0-py3-none-any.whl' }],
    ['a workflow of another repository', { subjectAlternativeName: WORKFLOW.replace('acme', 'mallory') }],
    [
      'a repository whose name begins alike',
      { subjectAlternativeName: WORKFLOW.replace('acme/pkg', 'acme/pkg-x') },
    ],
    [
      'another workflow of the repository',
      { subjectAlternativeName: WORKFLOW.replace('release.yml', 'test.yml') },
    ],
    ['another issuer', { issuer: 'https://issuer.test' }],
  ])('calls an attestation by or about %s invalid', async (_what, options) => {
    expect(await check(options)).toMatchObject([{ rule: 'pypi-attestation-invalid', severity: 'high' }])
  })

  it('calls an attestation whose signature is of something else invalid', async () => {
    const other = JSON.parse(JSON.stringify(await sigstore.attest({ ...HONEST, sha256: hashOf('x') })))
    const { signature } = other.attestation_bundles[0].attestations[0].envelope
    const swapped = await check({}, (text) =>
      text.replace(/"signature":"[^"]+"/, `"signature":"${signature}"`),
    )
    expect(swapped).toMatchObject([{ rule: 'pypi-attestation-invalid' }])
  })

  it.each([
    ['a publisher of unknown kind', { publisher: { kind: 'Forge', repository: 'acme/pkg' } }],
    ['a publisher that does not say its workflow', { publisher: { kind: 'GitHub', repository: 'acme/pkg' } }],
    ['a predicate of unknown type', { predicateType: 'https://predicates.test/v1' }],
  ])('calls %s unverified', async (_what, options) => {
    expect(await check(options)).toMatchObject([{ rule: 'pypi-attestation-unverified' }])
  })

  it.each([
    '',
    '[]',
    '{"version":2,"attestation_bundles":[]}',
    '{"version":1,"attestation_bundles":[{}]}',
    '{"version":1,"attestation_bundles":[]}',
  ])('calls a provenance object like %j unverified', async (text) => {
    expect(await check({}, () => text)).toMatchObject([
      { rule: 'pypi-attestation-unverified', severity: 'medium' },
    ])
  })

  it('trusts only the root it is given: another deployment is unverified, not attested', async () => {
    const trust = await readTrustRoot(undefined)
    const provenance = JSON.stringify(await sigstore.attest(HONEST))
    expect(checkProvenance(Buffer.from(provenance), FILE, trust)).toMatchObject([
      { rule: 'pypi-attestation-unverified' },
    ])
  })

  it('refuses a trusted root that is none', async () => {
    await expect(readTrustRoot('/does/not/exist.json')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('provenance that goes missing', () => {
  const at = (day: number, more: Record<string, unknown> = {}) => ({
    'upload-time': `2024-01-0${day}T00:00:00Z`,
    ...more,
  })
  const provenance = 'https://upstream.test/integrity/x/provenance'

  it('is a fact of later releases only', async () => {
    const claims = await claimsIn(
      jsonPage('pkg', [
        entry('pkg-1.0.tar.gz', at(1)),
        entry('pkg-2.0.tar.gz', at(2, { provenance })),
        entry('pkg-2.0-py3-none-any.whl', at(3)),
        entry('pkg-3.0.tar.gz', at(4)),
      ]),
    )
    expect(claims.map((claim) => claim.facts['attestedBefore'])).toEqual([
      undefined,
      undefined,
      undefined,
      '2.0',
    ])
    expect(claims[1]?.facts['provenance']).toBe(provenance)
  })
})
