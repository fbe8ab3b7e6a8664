// Which packages a kept generation lists, read from its own primary.
import type { GenerationDocument, ListedPackage, ReadContext } from '../ecosystem.ts'
import { openFile } from './index-files.ts'
import { listParts } from './package-list.ts'
import { evrOf, parsePrimaryPackage } from './primary.ts'

export async function* listRepository(
  documents: readonly GenerationDocument[],
  context: ReadContext,
): AsyncGenerator<ListedPackage> {
  const found = documents.find(({ path }) => /-primary\.xml(?:\.[a-z0-9]+)?$/.test(path))
  if (found === undefined) return
  const { path, sha256, sizeBytes } = found
  const document = { name: 'primary', url: '', sha256, sizeBytes }
  const index = { key: '', documents: [document], facts: {} }
  const primary = { type: 'primary', href: path, sha256, sizeBytes }
  for await (const { packages } of listParts(openFile(index, primary, context), 'primary'))
    for (const { bytes } of packages) {
      const one = parsePrimaryPackage(bytes, 'primary')
      yield { name: one.name, version: evrOf(one), architecture: one.architecture }
    }
}
