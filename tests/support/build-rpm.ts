// Builds whole rpm packages byte by byte, right or wrong as a test asks.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { buildCpio, type CpioFile } from './build-cpio.ts'
import { buildHeader, type HeaderOptions, type HeaderTag } from './build-rpm-header.ts'

export interface RpmTestFile {
  /** Absolute. */
  readonly path: string
  readonly data?: string
  /** With format bits; a plain file when absent. */
  readonly mode?: number
  readonly linkTarget?: string
  readonly digest?: string
  readonly size?: number
  readonly capabilities?: string
  readonly flags?: number
  readonly inode?: number
}

export interface RpmParts {
  readonly files?: readonly RpmTestFile[]
  /** Payload entries; made from the files when absent. */
  readonly payload?: readonly CpioFile[]
  /** Replaces the finished, compressed payload. */
  readonly payloadBytes?: (cpio: Buffer) => Buffer
  /** Further tags of the main header, in rising order of nothing: they are sorted. */
  readonly tags?: readonly HeaderTag[]
  /** Tags to leave out. */
  readonly without?: readonly number[]
  readonly signatureTags?: readonly HeaderTag[]
  readonly main?: HeaderOptions
  readonly signature?: HeaderOptions
  /** Bytes between the headers. */
  readonly padding?: number
  /** Changes the finished file. */
  readonly finish?: (rpm: Buffer, offsets: { readonly main: number; readonly payload: number }) => Buffer
}

const FILES: readonly RpmTestFile[] = [
  { path: '/usr/share/demo', mode: 0o40755 },
  { path: '/usr/share/demo/hello.txt', data: 'hi' },
]

export function buildRpm(parts: RpmParts = {}): Buffer {
  const files = parts.files ?? FILES
  const cpio = buildCpio(parts.payload ?? files.map(cpioFile))
  const payload = parts.payloadBytes?.(cpio) ?? gzipSync(cpio)
  const replaced = new Set([...(parts.without ?? []), ...(parts.tags ?? []).map((tag) => tag.tag)])
  const tags = [...mainTags(files, payload).filter((tag) => !replaced.has(tag.tag)), ...(parts.tags ?? [])]
  tags.sort((a, b) => a.tag - b.tag)
  const main = buildHeader(tags, { region: 63, ...parts.main })
  const signatureTags = parts.signatureTags ?? signatureTagsOf(main, payload)
  const signature = buildHeader(signatureTags, { region: 62, ...parts.signature })
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8, parts.padding ?? 0)
  const before = Buffer.concat([lead(), signature, padding])
  const rpm = Buffer.concat([before, main, payload])
  const offsets = { main: before.length, payload: before.length + main.length }
  return parts.finish?.(rpm, offsets) ?? rpm
}

/** What a builder writes into the signature header of an unsigned package. */
export function signatureTagsOf(main: Buffer, payload: Buffer): HeaderTag[] {
  return [
    { tag: 269, type: 'string', value: hash('sha1', main) },
    { tag: 273, type: 'string', value: hash('sha256', main) },
    { tag: 1000, type: 'int32', value: [main.length + payload.length] },
    { tag: 1004, type: 'bin', value: createHash('md5').update(main).update(payload).digest() },
  ]
}

export function hash(algorithm: string, data: Uint8Array | string): string {
  return createHash(algorithm).update(data).digest('hex')
}

function lead(): Buffer {
  const bytes = Buffer.alloc(96)
  bytes.set([0xed, 0xab, 0xee, 0xdb, 3, 0])
  // Signature of the header kind, the only one that rpm still reads.
  bytes.writeUInt16BE(5, 78)
  return bytes
}

/** The payload entry that belongs to a file of the header. */
export function cpioFile(file: RpmTestFile): CpioFile {
  const inode = file.inode === undefined ? {} : { inode: file.inode }
  return {
    name: `.${file.path}`,
    data: file.linkTarget ?? file.data ?? '',
    mode: file.mode ?? 0o100644,
    ...inode,
  }
}

function mainTags(files: readonly RpmTestFile[], payload: Buffer): HeaderTag[] {
  const folders = [...new Set(files.map((file) => folderOf(file.path)))]
  const perFile: HeaderTag[] = [
    { tag: 1028, type: 'int32', value: files.map(sizeOf) },
    { tag: 1030, type: 'int16', value: files.map((file) => file.mode ?? 0o100644) },
    { tag: 1035, type: 'strings', value: files.map(digestOf) },
    { tag: 1036, type: 'strings', value: files.map((file) => file.linkTarget ?? '') },
    { tag: 1037, type: 'int32', value: files.map((file) => file.flags ?? 0) },
    { tag: 1039, type: 'strings', value: files.map(() => 'root') },
    { tag: 1040, type: 'strings', value: files.map(() => 'root') },
    { tag: 1095, type: 'int32', value: files.map(() => 1) },
    { tag: 1096, type: 'int32', value: files.map((file, at) => file.inode ?? at + 1) },
    { tag: 1116, type: 'int32', value: files.map((file) => folders.indexOf(folderOf(file.path))) },
    { tag: 1117, type: 'strings', value: files.map((file) => file.path.slice(folderOf(file.path).length)) },
    { tag: 1118, type: 'strings', value: folders },
    { tag: 5010, type: 'strings', value: files.map((file) => file.capabilities ?? '') },
  ]
  return [
    { tag: 100, type: 'strings', value: ['C'] },
    { tag: 1000, type: 'string', value: 'demo' },
    { tag: 1001, type: 'string', value: '1.0' },
    { tag: 1002, type: 'string', value: '1.el9' },
    { tag: 1004, type: 'i18n', value: ['A demo'] },
    { tag: 1014, type: 'string', value: 'MIT' },
    { tag: 1022, type: 'string', value: 'x86_64' },
    { tag: 1124, type: 'string', value: 'cpio' },
    { tag: 1125, type: 'string', value: 'gzip' },
    { tag: 5011, type: 'int32', value: [8] },
    { tag: 5092, type: 'strings', value: [hash('sha256', payload)] },
    { tag: 5093, type: 'int32', value: [8] },
    ...(files.length > 0 ? perFile : []),
  ]
}

function isRegular(file: RpmTestFile): boolean {
  return ((file.mode ?? 0o100644) & 0o170000) === 0o100000
}

function sizeOf(file: RpmTestFile): number {
  return file.size ?? Buffer.byteLength(file.linkTarget ?? file.data ?? '')
}

function digestOf(file: RpmTestFile): string {
  return file.digest ?? (isRegular(file) ? hash('sha256', file.data ?? '') : '')
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}
