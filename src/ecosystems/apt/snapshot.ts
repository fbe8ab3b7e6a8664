// Older generations: their Release signed anew with dates of now, and the packages they list.
import type { IndexDocument } from '../../model/index-set.ts'
import type {
  GenerationDocument,
  ListedPackage,
  ReadContext,
  RenderedGeneration,
  RenewContext,
} from '../ecosystem.ts'
import { isListing, readListing } from './listing.ts'
import { parseRelease } from './release.ts'
import { signedRelease } from './release-signature.ts'
import { rfc2822, VALID_MS } from './release-text.ts'

/** Every suite's Release, with its own lists and today's dates. */
export async function renewArchive(
  documents: readonly GenerationDocument[],
  context: RenewContext,
): Promise<Pick<RenderedGeneration, 'documents' | 'validUntil'>> {
  const validUntil = new Date(context.now.getTime() + VALID_MS)
  const renewed: GenerationDocument[] = []
  for (const document of documents.filter(({ path }) => /(?:^|\/)Release$/.test(path))) {
    const text = Buffer.from(await context.open(asIndexDocument(document))).toString('utf8')
    parseRelease(text, `the kept ${document.path}`)
    const dated = text
      .replace(/^Date: .*$/m, `Date: ${rfc2822(context.now)}`)
      .replace(/^Valid-Until: .*$/m, `Valid-Until: ${rfc2822(validUntil)}`)
    renewed.push(...(await signedRelease(document.path.slice(0, -'Release'.length), dated, context)))
  }
  return { documents: renewed, validUntil: validUntil.toISOString() }
}

/** Every stanza of every Packages and Sources file under its plain name. */
export async function* listArchive(
  documents: readonly GenerationDocument[],
  context: ReadContext,
): AsyncGenerator<ListedPackage> {
  for (const document of documents.filter(({ path }) => isListing({ name: path }))) {
    const { stanzas } = await readListing(asIndexDocument(document), context)
    for (let at = 0; at < stanzas.count; at += 1) {
      const [first] = stanzas.filesOf(at)
      if (first !== undefined) yield first
    }
  }
}

function asIndexDocument({ path, sha256, sizeBytes }: GenerationDocument): IndexDocument {
  return { name: path, url: '', sha256, sizeBytes }
}
