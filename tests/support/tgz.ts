// Builds real npm tarballs: a gzipped tar with everything below `package/`.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

export type FileMap = Readonly<Record<string, string | Uint8Array>>

export interface Tarball {
  readonly bytes: Buffer
  /** Subresource integrity, `sha512-<base64>`. */
  readonly integrity: string
  /** Lower-case hex SHA-1. */
  readonly shasum: string
  readonly sha256: string
}

/** Packs the files as they are given: `{ 'package/package.json': '...' }`. Reproducible: fixed times and owners. */
export async function buildTgz(files: FileMap): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files))
    tar.entry({ name, mtime: new Date('1985-10-26T08:15:00Z'), mode: 0o644 }, Buffer.from(content))
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks))
}

export function describeTarball(bytes: Buffer): Tarball {
  const digest = (name: string) => createHash(name).update(bytes)
  return {
    bytes,
    integrity: `sha512-${digest('sha512').digest('base64')}`,
    shasum: digest('sha1').digest('hex'),
    sha256: digest('sha256').digest('hex'),
  }
}

/** A package as `npm pack` would make it; `package.json` is made of the manifest, and files lie beside it. */
export async function buildPackage(
  manifest: Readonly<Record<string, unknown>>,
  files: FileMap = {},
): Promise<Tarball> {
  const within = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`package/${name}`, content]),
  )
  return describeTarball(
    await buildTgz({ 'package/package.json': `${JSON.stringify(manifest, undefined, 2)}\n`, ...within }),
  )
}
