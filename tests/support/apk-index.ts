// apk indexes written and signed by the test, right or wrong as it asks.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApkParts, apkMember, buildApkMembers } from './build-apk.ts'

export interface ApkKey {
  readonly name: string
  readonly key: KeyObject
  /** File of the public key, named as clients keep it. */
  readonly file: string
  readonly pem: string
}

export function makeApkKey(name = 'vendor@upstream.test-1.rsa.pub'): ApkKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const file = join(mkdtempSync(join(tmpdir(), 'apk-key-')), name)
  writeFileSync(file, pem)
  return { name, key: privateKey, file, pem }
}

export interface ApkPackage {
  readonly name: string
  readonly version: string
  readonly bytes: Buffer
  readonly stanza: string
}

export interface ApkRecipe extends ApkParts {
  readonly name: string
  readonly version?: string
  readonly origin?: string
  /** Further lines of the stanza, e.g. `D:so:libc.musl-x86_64.so.1`. */
  readonly lines?: readonly string[]
}

/** A package with the stanza that an honest index has of it. */
export async function apkPackage({
  name,
  version = '1.0-r0',
  origin = name,
  lines = [],
  ...parts
}: ApkRecipe): Promise<ApkPackage> {
  const pkginfo = [
    `pkgname = ${name}`,
    `pkgver = ${version}`,
    'arch = x86_64',
    `origin = ${origin}`,
    'license = MIT',
  ]
  const { control, data } = await buildApkMembers({ pkginfo, ...parts })
  const bytes = Buffer.concat([control, data])
  const identity = `Q1${createHash('sha1').update(control).digest('base64')}`
  const stanza = [
    `C:${identity}`,
    `P:${name}`,
    `V:${version}`,
    'A:x86_64',
    `S:${bytes.length}`,
    'I:4096',
    `T:${name} for tests`,
    'U:http://upstream.test/',
    'L:MIT',
    `o:${origin}`,
    ...lines,
  ].join('\n')
  return { name, version, bytes, stanza: `${stanza}\n` }
}

export function indexText(packages: readonly Pick<ApkPackage, 'stanza'>[]): string {
  return packages.map(({ stanza }) => `${stanza}\n`).join('')
}

const DIGESTS = { RSA: 'RSA-SHA1', RSA256: 'RSA-SHA256', RSA512: 'RSA-SHA512' } as const

export interface SignedIndexOptions {
  readonly key?: ApkKey
  readonly algorithm?: keyof typeof DIGESTS
  /** Name in the signature's file name; the key's own unless told. */
  readonly keyName?: string
}

export async function signedIndex(
  text: string,
  { key, algorithm = 'RSA', keyName }: SignedIndexOptions,
): Promise<Buffer> {
  const content = await apkMember(
    [
      { name: 'DESCRIPTION', data: 'test v1' },
      { name: 'APKINDEX', data: text },
    ],
    { end: true },
  )
  if (key === undefined) return content
  const signature = sign(DIGESTS[algorithm], content, key.key)
  return Buffer.concat([
    await apkMember([{ name: `.SIGN.${algorithm}.${keyName ?? key.name}`, data: signature }]),
    content,
  ])
}
