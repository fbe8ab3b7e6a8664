// Which packages a kept generation lists, read from its own primary.
import type { GenerationDocument, ListedPackage, ReadContext } from '../ecosystem.ts'
import { readPackageTable } from './package-table.ts'
import { evrOf } from './primary.ts'

export async function* listRepository(
  documents: readonly GenerationDocument[],
  context: ReadContext,
): AsyncGenerator<ListedPackage> {
  const found = documents.find(({ path }) => /-primary\.xml(?:\.[a-z0-9]+)?$/.test(path))
  if (found === undefined) return
  const { path, sha256, sizeBytes } = found
  const document = { name: 'primary', url: '', sha256, sizeBytes }
  const index = { key: '', documents: [document], facts: {} }
  const table = await readPackageTable(index, { type: 'primary', href: path, sha256, sizeBytes }, context)
  for (let at = 0; at < table.count; at += 1) {
    const one = table.packageOf(at)
    yield { name: one.name, version: evrOf(one), architecture: one.architecture }
  }
}
