// Builds apk packages member by member, right or wrong as a test asks.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type PackedFile, packTar } from './pack-tar.ts'

export interface ApkParts {
  /** Lines of .PKGINFO; `datahash` is added unless `datahash` says otherwise. */
  readonly pkginfo?: readonly string[]
  readonly datahash?: string | null
  /** Further files of the control member. */
  readonly control?: readonly PackedFile[]
  readonly files?: readonly PackedFile[]
  /** Whether files get their pax checksum; `true` when absent. */
  readonly checksums?: boolean
}

const PKGINFO = [
  'pkgname = demo',
  'pkgver = 1.0-r0',
  'arch = x86_64',
  'license = MIT',
  'url = http://demo.test/',
]

export interface ApkMembers {
  readonly signature: Buffer
  readonly control: Buffer
  readonly data: Buffer
}

export async function buildApk(parts: ApkParts = {}): Promise<Buffer> {
  const { signature, control, data } = await buildApkMembers(parts)
  return Buffer.concat([signature, control, data])
}

/** The three members apart, for tests that join them otherwise. */
export async function buildApkMembers(parts: ApkParts = {}): Promise<ApkMembers> {
  const files = (parts.files ?? [{ name: 'usr/' }, { name: 'usr/hello', data: 'hi' }]).map((file) =>
    parts.checksums === false ? file : withChecksum(file),
  )
  const data = await apkMember(files, { end: true })
  const datahash = parts.datahash === undefined ? sha256(data) : parts.datahash
  const lines = [...(parts.pkginfo ?? PKGINFO), ...(datahash === null ? [] : [`datahash = ${datahash}`])]
  const control = await apkMember([
    { name: '.PKGINFO', data: `${lines.join('\n')}\n` },
    ...(parts.control ?? []),
  ])
  return {
    signature: await apkMember([{ name: '.SIGN.RSA.demo.rsa.pub', data: 'no real signature' }]),
    control,
    data,
  }
}

export async function apkMember(
  files: readonly PackedFile[],
  options: { end?: boolean } = {},
): Promise<Buffer> {
  return gzipSync(await packTar(files, { end: options.end ?? false }))
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function withChecksum(file: PackedFile): PackedFile {
  const content =
    file.type === 'symlink' ? file.linkname : file.name.endsWith('/') ? undefined : (file.data ?? '')
  if (content === undefined || file.pax) return file
  return { ...file, pax: { 'APK-TOOLS.checksum.SHA1': createHash('sha1').update(content).digest('hex') } }
}
