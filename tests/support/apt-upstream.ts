// A loopback Debian archive: packages built with dpkg-deb, indexes and signatures made in the test, and switches for everything that goes wrong.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import {
  createCleartextMessage,
  createMessage,
  generateKey,
  type PrivateKey,
  readPrivateKey,
  sign,
} from 'openpgp'
import { buildSource, type SourcePackage, type SourcePublication } from './apt-source.ts'
import { type Loopback, startLoopback } from './loopback-upstream.ts'

export interface DebPublication {
  readonly name: string
  readonly version: string
  readonly architecture?: string
  readonly depends?: string
  /** `Source` field; the package itself unless told. */
  readonly source?: string
  /** Maintainer scripts by name, e.g. `postinst`. */
  readonly scripts?: Readonly<Record<string, string>>
  /** Content by absolute path; a file of documentation unless told. */
  readonly files?: Readonly<Record<string, string>>
  /** Fields of the stanza in Packages that differ from the truth; undefined leaves one out. */
  readonly stanza?: Readonly<Record<string, string | undefined>>
}

/** What a release of the suite says and how it is signed; everything is honest unless told. */
export interface ReleaseHabits {
  readonly date?: Date
  readonly validUntil?: Date
  readonly suite?: string
  readonly codename?: string
  /** `other`: a key that nobody pins. */
  readonly signedBy?: 'own' | 'other' | 'nobody'
  /** InRelease, or Release with Release.gpg. */
  readonly form?: 'InRelease' | 'Release.gpg'
  readonly byHash?: boolean
  /** Changes Packages after Release was made of it: the chain of hashes breaks. */
  readonly swapPackages?: (text: string) => string
  /** Changes Packages before Release is made: the archive itself says so. */
  readonly packages?: (text: string) => string
  readonly release?: (text: string) => string
  /** Paths of the suite that are listed and not there. */
  readonly lacks?: RegExp
}

export interface AptUpstream extends Loopback {
  /** Armoured public key file that verifies the archive. */
  readonly keyring: string
  /** Adds a package to the pool; the next `release` lists it. */
  publish(publication: DebPublication): Promise<{ path: string; bytes: Buffer }>
  /** Adds a source package to the pool; the next `release` lists it. */
  publishSource(publication: SourcePublication): Promise<SourcePackage>
  /** Writes and signs the suite's indexes. */
  release(habits?: ReleaseHabits): Promise<void>
  /** Bytes under a path relative to the archive, as served; undefined takes them away. */
  put(path: string, bytes: Buffer | undefined): void
  readonly suite: string
}

export interface ArchiveLayout {
  readonly suite?: string
  /** One directory with everything; the suite is then `./`. */
  readonly flat?: boolean
}

export async function startAptUpstream(layout: ArchiveLayout = {}): Promise<AptUpstream> {
  const suite = layout.flat === true ? './' : (layout.suite ?? 'stable')
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-archive-'))
  const [own, other] = await Promise.all([makeKey('archive'), makeKey('other')])
  const keyring = join(folder, 'archive.asc')
  writeFileSync(keyring, own.toPublic().armor())
  const served = new Map<string, Buffer>()
  const stanzas: string[] = []
  const sources: string[] = []
  const loopback = await startLoopback((path) => {
    const body = served.get(decodeURIComponent(path.slice(1)))
    if (body === undefined) return undefined
    return { body, contentType: 'application/octet-stream', headers: { etag: `"${digest(body, 'sha1')}"` } }
  })
  const directory = layout.flat === true ? '' : `dists/${suite}/`
  const packagesPath = layout.flat === true ? 'Packages' : 'main/binary-amd64/Packages'

  return {
    ...loopback,
    suite,
    keyring,
    async publish(publication) {
      const { name, version, architecture = 'all' } = publication
      const bytes = await buildWithDpkg(folder, publication)
      const file = `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`
      const path = layout.flat === true ? file : `pool/main/${name[0]}/${name}/${file}`
      served.set(path, bytes)
      stanzas.push(stanzaOf(publication, layout.flat === true ? `./${path}` : path, bytes))
      return { path, bytes }
    },
    async publishSource(publication) {
      const source = await buildSource(publication)
      for (const [path, bytes] of source.files) served.set(path, bytes)
      sources.push(source.stanza)
      return source
    },
    async release(habits = {}) {
      const truth = stanzas.join('\n')
      const packages = Buffer.from(habits.packages?.(truth) ?? truth, 'latin1')
      const listed = new Map<string, Buffer>([
        [packagesPath, packages],
        [`${packagesPath}.gz`, gzipSync(packages)],
        ...(sources.length === 0
          ? []
          : [['main/source/Sources.gz', gzipSync(sources.join('\n'))] as [string, Buffer]]),
      ])
      const text = releaseText(suite, listed, habits)
      const files = new Map<string, Buffer>()
      if (habits.swapPackages !== undefined) {
        const swapped = gzipSync(Buffer.from(habits.swapPackages(truth), 'latin1'))
        files.set(`${packagesPath}.gz`, swapped)
      } else
        for (const [path, bytes] of listed) {
          if (habits.lacks?.test(path) === true) continue
          files.set(path, bytes)
          const inner = dirname(path) === '.' ? '' : `${dirname(path)}/`
          if (habits.byHash === true) files.set(`${inner}by-hash/SHA256/${digest(bytes, 'sha256')}`, bytes)
        }
      for (const [name, bytes] of await signed(text, habits, own, other)) files.set(name, bytes)
      // Switched at once, as a mirror that keeps by-hash does.
      for (const path of served.keys())
        if (path.startsWith('dists/') && !path.includes('/by-hash/')) served.delete(path)
      for (const [path, bytes] of files) served.set(`${directory}${path}`, bytes)
    },
    put(path, bytes) {
      if (bytes === undefined) served.delete(path)
      else served.set(path, bytes)
    },
    async close() {
      await loopback.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function makeKey(name: string): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name, email: `${name}@archive.test` }],
    date: new Date('2020-01-01T00:00:00Z'),
    format: 'armored',
  })
  return readPrivateKey({ armoredKey: privateKey })
}

async function buildWithDpkg(folder: string, publication: DebPublication): Promise<Buffer> {
  const { name, version, architecture = 'all', depends, source, scripts = {} } = publication
  const root = mkdtempSync(join(folder, 'build-'))
  const files = publication.files ?? { [`/usr/share/doc/${name}/README`]: `${name} ${version}\n` }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 })
    writeFileSync(join(root, path), content, { mode: 0o644 })
  }
  mkdirSync(join(root, 'DEBIAN'), { mode: 0o755 })
  const control = [
    `Package: ${name}`,
    ...(source === undefined ? [] : [`Source: ${source}`]),
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: Archive <archive@archive.test>',
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    `Description: test package ${name}`,
    '',
  ]
  writeFileSync(join(root, 'DEBIAN/control'), control.join('\n'))
  for (const [script, text] of Object.entries(scripts))
    writeFileSync(join(root, 'DEBIAN', script), text, { mode: 0o755 })
  const out = `${root}.deb`
  await execa('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', root, out])
  const bytes = readFileSync(out)
  rmSync(root, { recursive: true, force: true })
  rmSync(out, { force: true })
  return bytes
}

function stanzaOf(publication: DebPublication, path: string, bytes: Buffer): string {
  const { name, version, architecture = 'all', depends, source, stanza = {} } = publication
  const fields: Record<string, string | undefined> = {
    Package: name,
    Source: source,
    Version: version,
    Architecture: architecture,
    Maintainer: 'Archive <archive@archive.test>',
    Depends: depends,
    Filename: path,
    Size: String(bytes.length),
    MD5sum: digest(bytes, 'md5'),
    SHA256: digest(bytes, 'sha256'),
    Description: `test package ${name}`,
    ...stanza,
  }
  return Object.entries(fields)
    .flatMap(([field, value]) => (value === undefined ? [] : [`${field}: ${value}\n`]))
    .join('')
}

function releaseText(suite: string, files: ReadonlyMap<string, Buffer>, habits: ReleaseHabits): string {
  const lines = [
    'Origin: Archive',
    'Label: Archive',
    ...(suite === './' ? [] : [`Suite: ${habits.suite ?? suite}`, `Codename: ${habits.codename ?? suite}`]),
    `Date: ${(habits.date ?? new Date()).toUTCString().replace('GMT', 'UTC')}`,
    ...(habits.validUntil === undefined
      ? []
      : [`Valid-Until: ${habits.validUntil.toUTCString().replace('GMT', 'UTC')}`]),
    ...(habits.byHash === true ? ['Acquire-By-Hash: yes'] : []),
    'Architectures: amd64',
    'Components: main',
    'SHA256:',
    ...[...files].map(([path, bytes]) => ` ${digest(bytes, 'sha256')} ${bytes.length} ${path}`),
    '',
  ]
  const text = lines.join('\n')
  return habits.release?.(text) ?? text
}

async function signed(
  text: string,
  { signedBy = 'own', form = 'InRelease' }: ReleaseHabits,
  own: PrivateKey,
  other: PrivateKey,
): Promise<[string, Buffer][]> {
  const files: [string, Buffer][] = [['Release', Buffer.from(text)]]
  if (signedBy === 'nobody') return files
  const signingKeys = signedBy === 'own' ? own : other
  if (form === 'InRelease') {
    const message = await sign({ message: await createCleartextMessage({ text }), signingKeys })
    return [['InRelease', Buffer.from(message)]]
  }
  const message = await createMessage({ binary: Buffer.from(text) })
  const signature = await sign({ message, signingKeys, detached: true })
  return [...files, ['Release.gpg', Buffer.from(signature)]]
}

function digest(bytes: Buffer, algorithm: string): string {
  return createHash(algorithm).update(bytes).digest('hex')
}
