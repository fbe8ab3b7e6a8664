// The files of a YUM index set, read back from the store and held against what repomd says.
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { invalid } from './invalid.ts'
import { parseRepomd, type Repomd, type RepomdData } from './repomd.ts'
import { unpack } from './unpack.ts'

export const REPOMD = 'repodata/repomd.xml'

export function documentOf(index: IndexSet, name: string): IndexDocument | undefined {
  return index.documents.find((document) => document.name === name)
}

export async function openRepomd(index: IndexSet, context: ReadContext): Promise<Repomd> {
  const document = documentOf(index, REPOMD)
  if (document === undefined) throw invalid('an index set', 'has no repomd.xml')
  return parseRepomd(Buffer.from(await context.open(document)).toString('utf8'), 'repomd.xml')
}

/** Unpacked pieces of one file of the set, held against what repomd says of it. */
export async function* openFile(
  index: IndexSet,
  data: RepomdData,
  context: ReadContext,
): AsyncGenerator<Uint8Array> {
  const document = documentOf(index, data.type)
  if (document === undefined) throw invalid('an index set', `has no ${data.type}`)
  yield* unpack(context.stream?.(document) ?? [await context.open(document)], {
    what: data.type,
    packedBytes: document.sizeBytes,
    ...data,
  })
}
