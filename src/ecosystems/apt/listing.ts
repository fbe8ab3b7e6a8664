// A Packages or Sources file, unpacked and cut into stanzas once, however often a generation is made of it.
import { createHash } from 'node:crypto'
import type { IndexDocument } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { openText } from './packages-text.ts'
import { type Segment, segmentsOf } from './segments.ts'
import { readStanzaTable, type StanzaTable } from './stanza-table.ts'

export interface Listing {
  /** Unpacked. */
  readonly text: Buffer
  readonly stanzas: StanzaTable
  /** Of the unpacked bytes. */
  readonly sha256: string
  readonly segments: readonly Segment[]
}

/** The text, and a quarter of it for its packed segments. */
const WEIGHT = 1.3

/** Throws UPSTREAM_INVALID as `readStanzaTable` does. */
export async function readListing(
  document: IndexDocument,
  context: Pick<ReadContext, 'open' | 'remember'>,
): Promise<Listing> {
  const read = async () => {
    const text = await openText(document, context)
    const sha256 = createHash('sha256').update(text).digest('hex')
    const stanzas = readStanzaTable(text, document.name, isSources(document) ? 'sources' : 'packages')
    const value = { text, stanzas, sha256, segments: segmentsOf(stanzas, text.length) }
    return { value, sizeBytes: text.length * WEIGHT + stanzas.sizeBytes }
  }
  if (context.remember === undefined) return (await read()).value
  return context.remember(`deb ${isSources(document) ? 'Sources' : 'Packages'} ${document.sha256}`, read)
}

export function isListing(document: Pick<IndexDocument, 'name'>): boolean {
  return isSources(document) || /(?:^| |\/)Packages(?:\.[a-z0-9]+)?$/.test(document.name)
}

function isSources({ name }: Pick<IndexDocument, 'name'>): boolean {
  return /(?:^| |\/)Sources(?:\.[a-z0-9]+)?$/.test(name)
}
