// Signatures inside rpms that are made in the test, by the right key, another one, or over other bytes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMessage, readPrivateKey, sign } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RepositorySettings } from '../../../src/ecosystems/ecosystem.ts'
import { examineVendorSignature } from '../../../src/ecosystems/yum/vendor-signature.ts'
import { buildRpm, type RpmParts, signatureTagsOf } from '../../support/build-rpm.ts'
import { makeVendorKey, type VendorKey } from '../../support/vendor-key.ts'

const RSA_OVER_HEADER = 268
const PGP_OVER_ALL = 1002

let key: VendorKey
let stranger: VendorKey
const folder = mkdtempSync(join(tmpdir(), 'vendor-signature-'))

beforeAll(async () => {
  key = await makeVendorKey()
  stranger = await makeVendorKey('Stranger')
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An rpm whose main header, or header and payload, the key signed: built once for its bytes, and again with the signature. */
async function signedRpm(by: VendorKey, tag = RSA_OVER_HEADER, parts: RpmParts = {}): Promise<Buffer> {
  let main: Buffer = Buffer.alloc(0)
  let payload: Buffer = Buffer.alloc(0)
  buildRpm({
    finish(rpm, offsets) {
      main = rpm.subarray(offsets.main, offsets.payload)
      payload = rpm.subarray(offsets.payload)
      return rpm
    },
  })
  const packet = await sign({
    message: await createMessage({ binary: tag === RSA_OVER_HEADER ? main : Buffer.concat([main, payload]) }),
    signingKeys: await readPrivateKey({ armoredKey: by.privateKey }),
    detached: true,
    format: 'binary',
  })
  const tags = [...signatureTagsOf(main, payload), { tag, type: 'bin' as const, value: Buffer.from(packet) }]
  return buildRpm({ signatureTags: tags.sort((a, b) => a.tag - b.tag), ...parts })
}

async function findingsOf(rpm: Buffer, vendorKeys: readonly string[] = [key.file]) {
  const location = join(folder, 'package.rpm')
  writeFileSync(location, rpm)
  const settings = { options: { vendorKeys } } as unknown as RepositorySettings
  const findings = await examineVendorSignature({ settings, location })
  return findings.map(({ rule, severity }) => `${rule} ${severity}`)
}

describe('vendor signatures of packages', () => {
  it.each([RSA_OVER_HEADER, PGP_OVER_ALL])('a good one is told, tag %i', async (tag) => {
    expect(await findingsOf(await signedRpm(key, tag))).toEqual(['rpm-vendor-signature info'])
  })

  it('none, and one by a key that the configuration does not name, are told apart', async () => {
    expect(await findingsOf(buildRpm())).toEqual(['rpm-vendor-signature-missing medium'])
    expect(await findingsOf(await signedRpm(stranger))).toEqual(['rpm-vendor-signature-unknown medium'])
  })

  it.each([RSA_OVER_HEADER, PGP_OVER_ALL])('one over another header does not count, tag %i', async (tag) => {
    const tags = [{ tag: 1001, type: 'string' as const, value: '6.6' }]
    expect(await findingsOf(await signedRpm(key, tag, { tags }))).toEqual([
      'rpm-vendor-signature-unknown medium',
    ])
  })

  it('without configured keys nothing is said', async () => {
    expect(await findingsOf(buildRpm(), [])).toEqual([])
  })

  it('a key file that cannot be read is a mistake of the configuration', async () => {
    await expect(findingsOf(buildRpm(), ['/nowhere.asc'])).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
