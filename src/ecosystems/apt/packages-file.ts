// A Packages file, unpacked and cut into stanzas once, however often a generation is made of it.
import { createHash } from 'node:crypto'
import type { IndexDocument } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { openText } from './packages-text.ts'
import { type Segment, segmentsOf } from './segments.ts'
import { readStanzaTable, type StanzaTable } from './stanza-table.ts'

export interface PackagesFile {
  /** Unpacked. */
  readonly text: Buffer
  readonly stanzas: StanzaTable
  /** Of the unpacked bytes. */
  readonly sha256: string
  readonly segments: readonly Segment[]
}

/** The text, and a quarter of it for its packed segments. */
const WEIGHT = 1.3

/** Throws UPSTREAM_INVALID as `stanzasOf` does. */
export async function readPackagesFile(
  document: IndexDocument,
  context: Pick<ReadContext, 'open' | 'remember'>,
): Promise<PackagesFile> {
  const read = async () => {
    const text = await openText(document, context)
    const sha256 = createHash('sha256').update(text).digest('hex')
    const stanzas = readStanzaTable(text, document.name)
    const value = { text, stanzas, sha256, segments: segmentsOf(stanzas, text.length) }
    return { value, sizeBytes: text.length * WEIGHT + stanzas.sizeBytes }
  }
  if (context.remember === undefined) return (await read()).value
  return context.remember(`deb Packages ${document.sha256}`, read)
}
