// Source packages for a test archive: native ones, so a description and one tarball, as dpkg-source(1) lays them out.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { packTar } from './pack-tar.ts'

export interface SourcePublication {
  readonly name: string
  readonly version: string
  /** Recipe of `build` in debian/rules. */
  readonly recipe?: string
}

export interface SourcePackage {
  /** By path relative to the archive. */
  readonly files: ReadonlyMap<string, Buffer>
  readonly dsc: string
  readonly tarball: string
  /** As Sources has it. */
  readonly stanza: string
}

export async function buildSource({
  name,
  version,
  recipe = 'true',
}: SourcePublication): Promise<SourcePackage> {
  const directory = `pool/main/${name[0]}/${name}`
  const root = `${name}-${version}`
  const tarball = `${name}_${version}.tar.gz`
  const control = `Source: ${name}\nMaintainer: Archive <archive@archive.test>\n\nPackage: ${name}\nArchitecture: all\nDescription: test\n`
  const tar = gzipSync(
    await packTar([
      { name: `${root}/` },
      { name: `${root}/README`, data: `${name} ${version}\n` },
      { name: `${root}/debian/` },
      { name: `${root}/debian/control`, data: control },
      {
        name: `${root}/debian/rules`,
        data: `#!/usr/bin/make -f\n%:\n\ttrue\nbuild:\n\t${recipe}\n`,
        mode: 0o755,
      },
      { name: `${root}/debian/source/format`, data: '3.0 (native)\n' },
      {
        name: `${root}/debian/changelog`,
        data: `${name} (${version}) stable; urgency=low\n\n  * Test.\n\n -- Archive <archive@archive.test>  Thu, 01 Jan 2026 00:00:00 +0000\n`,
      },
    ]),
  )
  const fields = [
    'Format: 3.0 (native)',
    `Binary: ${name}`,
    'Architecture: all',
    `Version: ${version}`,
    'Maintainer: Archive <archive@archive.test>',
  ]
  const dsc = Buffer.from(
    [`Source: ${name}`, ...fields, ...checksums([[tarball, tar]], 'md5', 'sha256'), ''].join('\n'),
  )
  const dscName = `${name}_${version}.dsc`
  const all: [string, Buffer][] = [
    [dscName, dsc],
    [tarball, tar],
  ]
  return {
    files: new Map(all.map(([file, bytes]) => [`${directory}/${file}`, bytes])),
    dsc: `${directory}/${dscName}`,
    tarball: `${directory}/${tarball}`,
    stanza: [
      `Package: ${name}`,
      ...fields,
      `Directory: ${directory}`,
      ...checksums(all, 'md5', 'sha256'),
      '',
    ].join('\n'),
  }
}

function checksums(files: readonly [string, Buffer][], ...algorithms: ('md5' | 'sha256')[]): string[] {
  const title = { md5: 'Files', sha256: 'Checksums-Sha256' }
  return algorithms.flatMap((algorithm) => [
    `${title[algorithm]}:`,
    ...files.map(
      ([name, bytes]) => ` ${createHash(algorithm).update(bytes).digest('hex')} ${bytes.length} ${name}`,
    ),
  ])
}
