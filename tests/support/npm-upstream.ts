// A loopback npm registry of packages made in the test.
import { createHash } from 'node:crypto'
import { type Answer, type Loopback, startLoopback } from './loopback-upstream.ts'
import { buildPackage, type FileMap, type Tarball } from './tgz.ts'

export interface Publication {
  readonly name: string
  readonly version: string
  /** Further fields of package.json and of the packument's version. */
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly files?: FileMap
  /** ISO 8601; long ago unless told, so that no cooldown holds it. `none` leaves it out of `time`. */
  readonly publishedAt?: string
  /** Dist-tag to move to this version; `latest` unless told, `none` for no tag. */
  readonly tag?: string
  /** Overrides of `dist`, e.g. a wrong integrity. */
  readonly dist?: Readonly<Record<string, unknown>>
  /** Bytes to serve instead of those that were packed; the digests stay. */
  readonly tarball?: Tarball
}

export interface NpmUpstream extends Loopback {
  publish(publication: Publication): Promise<Tarball>
  /** Request path of a tarball, as in its packument. */
  tarballPath(name: string, version: string): string
  packument(name: string): Record<string, unknown> | undefined
}

interface Stored {
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, { dist: Record<string, unknown> }>
  time: Record<string, string>
}

const LONG_AGO = '2020-02-02T02:02:02.000Z'

export async function startNpmUpstream(): Promise<NpmUpstream> {
  const packages = new Map<string, Stored>()
  const tarballs = new Map<string, Buffer>()

  const loopback = await startLoopback((path) => {
    const name = decodeURIComponent(path.slice(1))
    const bytes = tarballs.get(decodeURIComponent(path))
    if (bytes !== undefined) return withEtag(bytes, 'application/octet-stream')
    const stored = packages.get(name)
    return stored === undefined
      ? undefined
      : withEtag(Buffer.from(JSON.stringify(stored)), 'application/json')
  })

  async function publish(publication: Publication): Promise<Tarball> {
    const { name, version } = publication
    const manifest = {
      name,
      version,
      description: `test package ${name}`,
      license: 'MIT',
      main: 'index.js',
      ...publication.manifest,
    }
    const files = { 'index.js': 'module.exports = 42\n', ...publication.files }
    const tarball = publication.tarball ?? (await buildPackage(manifest, files))
    const path = tarballPath(name, version)
    tarballs.set(path, tarball.bytes)
    const stored = packages.get(name) ?? {
      name,
      'dist-tags': {},
      versions: {},
      time: { created: LONG_AGO, modified: LONG_AGO },
    }
    const { integrity, shasum } = tarball
    stored.versions[version] = {
      ...manifest,
      dist: { tarball: `${loopback.url}${path}`, integrity, shasum, ...publication.dist },
    }
    if (publication.publishedAt !== 'none') stored.time[version] = publication.publishedAt ?? LONG_AGO
    if (publication.tag !== 'none') stored['dist-tags'][publication.tag ?? 'latest'] = version
    packages.set(name, stored)
    return tarball
  }

  return {
    ...loopback,
    publish,
    tarballPath,
    packument: (name) => packages.get(name) as unknown as Record<string, unknown>,
  }
}

function tarballPath(name: string, version: string): string {
  return `/${name}/-/${name.split('/').at(-1)}-${version}.tgz`
}

function withEtag(body: Buffer, contentType: string): Answer {
  return { body, contentType, headers: { etag: `"${createHash('sha1').update(body).digest('hex')}"` } }
}
