// Keys on disk: made once, readable by their owner only, rotated with overlap; and what their public halves are good for.
import { createVerify } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureKeys, retireKeys, rotateKeys } from '../../src/signing/key-directory.ts'
import { openSigner } from '../../src/signing/open-signer.ts'
import { armorTogether, readPublicKeys } from '../../src/signing/public-keys.ts'
import { createSignerSource } from '../../src/signing/signer-source.ts'

// As clear-signing must carry it: dashes that are escaped, trailing blanks that are not signed, letters beyond ASCII.
const TEXT = 'Origin: Gateway\n- dash\n-----BEGIN\nDescription: \u00fcber all  \nDate: now\n'
let folder: string
let keys: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'))
  keys = join(folder, 'keys')
  expect(await ensureKeys(keys, 'Test gateway <gateway@gateway.test>')).toBe(true)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What gpgv says with exactly these keys trusted. */
async function gpgv(keyring: Uint8Array, ...files: string[]): Promise<{ code: number; output: string }> {
  writeFileSync(join(folder, 'trusted.gpg'), keyring)
  const args = ['--keyring', join(folder, 'trusted.gpg'), ...files]
  const { exitCode, stderr } = await execa('gpgv', args, { cwd: folder, reject: false })
  return { code: exitCode ?? -1, output: stderr }
}

describe('signing keys', () => {
  it('are made once, and only their owner reads them', async () => {
    const before = readFileSync(join(keys, 'current/openpgp.asc'))
    expect(await ensureKeys(keys, 'Another')).toBe(false)
    expect(readFileSync(join(keys, 'current/openpgp.asc')).equals(before)).toBe(true)
    for (const name of readdirSync(join(keys, 'current')))
      expect(statSync(join(keys, 'current', name)).mode & 0o777, name).toBe(0o600)
    expect(statSync(join(keys, 'current')).mode & 0o777).toBe(0o700)
  })

  it('are refused when others can read them', async () => {
    const file = join(keys, 'current/openpgp.asc')
    chmodSync(file, 0o644)
    await expect(openSigner(keys)).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
      message: expect.stringContaining('chmod 600'),
    })
    chmodSync(file, 0o600)
    await expect(openSigner(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'SIGNING_FAILED' })
  })

  it('sign what gpgv and OpenSSL verify', async () => {
    const signer = await openSigner(keys)
    const [pair] = await readPublicKeys(keys)
    const inRelease = await signer.clearSign(TEXT)
    expect(inRelease).not.toContain('\r') // debootstrap takes a carriage return for a part of the suite's name
    writeFileSync(join(folder, 'InRelease'), inRelease)
    writeFileSync(join(folder, 'Release'), TEXT)
    writeFileSync(join(folder, 'Release.gpg'), await signer.detachedSign(Buffer.from(TEXT)))
    const keyring = pair?.binary ?? new Uint8Array()
    expect(await gpgv(keyring, 'InRelease')).toMatchObject({ code: 0 })
    expect(await gpgv(keyring, 'Release.gpg', 'Release')).toMatchObject({ code: 0 })
    writeFileSync(join(folder, 'Release'), TEXT.replace('now', 'then'))
    expect((await gpgv(keyring, 'Release.gpg', 'Release')).code).not.toBe(0)
    const [signature] = signer.rsaSign(Buffer.from(TEXT), 'sha256')
    expect(signature?.keyName).toBe(pair?.rsa.name)
    const verify = createVerify('RSA-SHA256').update(TEXT)
    expect(verify.verify(pair?.rsa.pem ?? '', signature?.signature ?? new Uint8Array())).toBe(true)
  })

  it('of an operator are used with their passphrase, and not without', async () => {
    const own = join(folder, 'own')
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'Operator' }],
      passphrase: 'open sesame',
      format: 'armored',
    })
    await ensureKeys(own, 'unused', { openpgp: privateKey })
    await expect(openSigner(own)).rejects.toMatchObject({ code: 'SIGNING_FAILED' })
    await expect(openSigner(own, 'wrong')).rejects.toMatchObject({ code: 'SIGNING_FAILED' })
    const signer = await openSigner(own, 'open sesame')
    const [pair] = await readPublicKeys(own)
    writeFileSync(join(folder, 'InRelease'), await signer.clearSign(TEXT))
    expect(await gpgv(pair?.binary ?? new Uint8Array(), 'InRelease')).toMatchObject({ code: 0 })
  })

  it('sign along after a rotation until they are retired', async () => {
    const source = createSignerSource(keys)
    await source()
    const [old] = await readPublicKeys(keys)
    await rotateKeys(keys, 'Test gateway', new Date())
    const both = await readPublicKeys(keys)
    expect(both.map(({ fingerprint }) => fingerprint).slice(1)).toEqual([old?.fingerprint])
    writeFileSync(join(folder, 'InRelease'), await (await source()).clearSign(TEXT))
    for (const { binary } of both)
      expect((await gpgv(binary, 'InRelease')).output).toContain('Good signature')
    expect((await source()).rsaSign(Buffer.from('x'), 'sha1').map(({ keyName }) => keyName)).toEqual(
      both.map(({ rsa }) => rsa.name),
    )
    writeFileSync(join(folder, 'both.asc'), armorTogether(both))
    const { stdout } = await execa('gpg', ['--homedir', folder, '--show-keys', '--with-colons', 'both.asc'], {
      cwd: folder,
    })
    for (const { fingerprint } of both) expect(stdout).toContain(fingerprint)
    expect(await retireKeys(keys)).toBe(1)
    writeFileSync(join(folder, 'InRelease'), await (await source()).clearSign(TEXT))
    expect((await gpgv(old?.binary ?? new Uint8Array(), 'InRelease')).code).not.toBe(0)
  })
})
