// Metadata of a YUM repository written by the test, right or wrong as it asks.

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { VendorKey } from './vendor-key.ts'

export interface YumPackage {
  readonly name: string
  readonly version?: string
  readonly release?: string
  readonly architecture?: string
  readonly source?: string
  /** The rpm itself; any text for tests that never fetch it. */
  readonly bytes?: Uint8Array | string
  readonly href?: string
}

export interface YumLists {
  readonly primary: string
  readonly filelists: string
  readonly other: string
  readonly updateinfo?: string
  readonly modules?: string
}

export function yumLists(packages: readonly YumPackage[]): YumLists {
  const list = (root: string, namespace: string, body: (one: YumPackage) => string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://linux.duke.edu/metadata/${namespace}" ` +
    `xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${packages.length}">\n` +
    `${packages.map((one) => `${body(one)}\n`).join('')}</${root}>\n`
  return {
    primary: list('metadata', 'common', primaryOf),
    filelists: list(
      'filelists',
      'filelists',
      (one) => `${opened(one)}<file>/usr/bin/${one.name}</file>\n</package>`,
    ),
    other: list('otherdata', 'other', (one) => `${opened(one)}</package>`),
  }
}

export function pkgidOf({ name, version = '1.0', bytes = `${name}-${version}` }: YumPackage): string {
  return sha256(bytes)
}

export function primaryOf(one: YumPackage): string {
  const {
    name,
    version = '1.0',
    release = '1',
    architecture = 'noarch',
    source = `${name}-${version}-${release}.src.rpm`,
  } = one
  const href = one.href ?? `Packages/${name}-${version}-${release}.${architecture}.rpm`
  return [
    '<package type="rpm">',
    `  <name>${name}</name>`,
    `  <arch>${architecture}</arch>`,
    `  <version epoch="0" ver="${version}" rel="${release}"/>`,
    `  <checksum type="sha256" pkgid="YES">${pkgidOf(one)}</checksum>`,
    `  <summary>${name} &amp; more</summary>`,
    `  <size package="${Buffer.byteLength(one.bytes ?? `${name}-${version}`)}" installed="1" archive="1"/>`,
    `  <location href="${href}"/>`,
    '  <format>',
    `    <rpm:sourcerpm>${source}</rpm:sourcerpm>`,
    `    <rpm:provides><rpm:entry name="${name}" flags="EQ" epoch="0" ver="${version}" rel="${release}"/></rpm:provides>`,
    '  </format>',
    '</package>',
  ].join('\n')
}

function opened(one: YumPackage): string {
  const { name, version = '1.0', release = '1', architecture = 'noarch' } = one
  return `<package pkgid="${pkgidOf(one)}" name="${name}" arch="${architecture}">\n<version epoch="0" ver="${version}" rel="${release}"/>\n`
}

export interface YumRepositoryOptions {
  readonly key?: VendorKey
  readonly revision?: number | string
  /** Changes repomd.xml before it is signed. */
  readonly edit?: (repomd: string) => string
  /** Changes a packed file before its checksum is taken. */
  readonly pack?: (type: string, text: string) => Buffer
}

/** Files of the repository by path with leading slash. */
export async function yumRepository(
  lists: YumLists,
  {
    key,
    revision = 1700000000,
    edit = (text) => text,
    pack = (_type, text) => gzipSync(text),
  }: YumRepositoryOptions = {},
): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>()
  const records = Object.entries(lists).map(([type, text]: [string, string]) => {
    const packed = pack(type, text)
    files.set(`/repodata/${type}.xml.gz`, packed)
    return [
      `  <data type="${type}">`,
      `    <checksum type="sha256">${sha256(packed)}</checksum>`,
      `    <open-checksum type="sha256">${sha256(text)}</open-checksum>`,
      `    <location href="repodata/${type}.xml.gz"/>`,
      `    <timestamp>1700000000</timestamp>`,
      `    <size>${packed.length}</size>`,
      `    <open-size>${Buffer.byteLength(text)}</open-size>`,
      '  </data>',
    ].join('\n')
  })
  const repomd = edit(
    `<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">\n` +
      `  <revision>${revision}</revision>\n${records.join('\n')}\n</repomd>\n`,
  )
  files.set('/repodata/repomd.xml', repomd)
  if (key !== undefined) files.set('/repodata/repomd.xml.asc', await key.sign(repomd))
  return files
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
