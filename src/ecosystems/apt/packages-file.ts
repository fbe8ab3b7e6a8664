// A Packages file, unpacked and cut into stanzas once, however often a generation is made of it.
import { createHash } from 'node:crypto'
import type { IndexDocument } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { openText } from './packages-text.ts'
import { type Segment, segmentsOf } from './segments.ts'
import { type Stanza, stanzasOf } from './stanzas.ts'

export interface PackagesFile {
  /** One byte a character. */
  readonly text: string
  readonly stanzas: readonly Stanza[]
  /** Of the unpacked bytes. */
  readonly sha256: string
  readonly segments: readonly Segment[]
}

/** A stanza's fields, as objects; the texts themselves are slices of the one text. */
const STANZA_BYTES = 600

/** Throws UPSTREAM_INVALID as `stanzasOf` does. */
export async function readPackagesFile(
  document: IndexDocument,
  context: Pick<ReadContext, 'open' | 'remember'>,
): Promise<PackagesFile> {
  const read = async () => {
    const bytes = await openText(document, context)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    const stanzas = [...stanzasOf(text, document.name)]
    const value = { text, stanzas, sha256, segments: segmentsOf(stanzas, text.length) }
    return { value, sizeBytes: text.length * 1.3 + stanzas.length * STANZA_BYTES }
  }
  if (context.remember === undefined) return (await read()).value
  return context.remember(`deb Packages ${document.sha256}`, read)
}
