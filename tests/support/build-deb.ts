// Builds deb packages member by member, right or wrong as a test asks.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type ArFile, buildAr } from './build-ar.ts'
import { type PackedFile, packTar } from './pack-tar.ts'

export interface DebParts {
  /** Text of the control file. */
  readonly control?: string
  /** Further files of the control member: scripts, md5sums. */
  readonly scripts?: readonly PackedFile[]
  readonly files?: readonly PackedFile[]
}

export const CONTROL = `Package: demo
Version: 1:1.0-1
Architecture: amd64
Maintainer: Demo <demo@demo.test>
Depends: libc6 (>= 2.36), debconf | cdebconf
Homepage: http://demo.test/
Description: a demo
 of a package
`

export const BINARY: ArFile = { name: 'debian-binary', data: '2.0\n' }

/** The three members of an ordinary package. */
export async function buildDebMembers(parts: DebParts = {}): Promise<[ArFile, ArFile, ArFile]> {
  const control = [
    { name: './' },
    { name: './control', data: parts.control ?? CONTROL },
    ...(parts.scripts ?? []),
  ]
  const files = parts.files ?? [{ name: './' }, { name: './usr/' }, { name: './usr/hello', data: 'hi' }]
  return [
    BINARY,
    { name: 'control.tar.gz', data: gzipSync(await packTar(control)) },
    { name: 'data.tar.gz', data: gzipSync(await packTar(files)) },
  ]
}

export async function buildDeb(parts: DebParts = {}): Promise<Buffer> {
  return buildAr(await buildDebMembers(parts))
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
