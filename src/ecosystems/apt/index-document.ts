// An archive's documents on the way in: Release verified, indexes checked against it, claims read from every stanza.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { FetchExpectation, LoadContext, ReadContext } from '../ecosystem.ts'
import { readKeyrings, verifyClearSigned, verifyDetached } from '../openpgp.ts'
import { openText } from './packages-text.ts'
import { checkRelease, fieldOf, invalid, parseRelease, type ReleaseFile } from './release.ts'
import { ARCHIVE_KEY } from './requests.ts'
import { type StanzaFields, stanzasOf } from './stanzas.ts'
import { type AptOptions, aptOptions, isFlat, packagesPaths, suiteDirectory } from './suites.ts'

/** Loads every configured suite. Throws UPSTREAM_INVALID when one of them does not hold: the last good generation serves on. */
export async function loadArchive(_key: string, context: LoadContext): Promise<IndexSet | undefined> {
  const options = aptOptions(context.settings)
  const keys = await readKeyrings(options.keyrings)
  const documents: IndexDocument[] = []
  const dates: Record<string, string> = {}
  for (const suite of options.suites) {
    const loaded = await loadSuite(suite, options, keys, context)
    documents.push(...loaded.documents)
    dates[suite] = loaded.release.date.toISOString()
  }
  return documents.length === 0 ? undefined : { key: ARCHIVE_KEY, documents, facts: { dates } }
}

async function loadSuite(
  suite: string,
  options: AptOptions,
  keys: Awaited<ReturnType<typeof readKeyrings>>,
  context: LoadContext,
): Promise<{ documents: IndexDocument[]; release: ReleaseFile }> {
  const { documents, text } = await loadRelease(suite, keys, context)
  const what = `Release of ${suite}`
  const release = parseRelease(text, what)
  checkRelease(release, suite, formerDate(context, suite), context.now, what)
  for (const path of [...packagesPaths(suite, options), ...translationPaths(suite, release, options)]) {
    const document = await loadIndexFile(suite, path, release, context)
    if (document !== undefined) documents.push(document)
  }
  return { documents, release }
}

function formerDate({ former }: LoadContext, suite: string): string | undefined {
  const dates = former?.facts['dates']
  return typeof dates === 'object' && dates !== null && suite in dates
    ? String((dates as Record<string, unknown>)[suite])
    : undefined
}

/** InRelease, or Release with Release.gpg where the archive has no InRelease. */
async function loadRelease(
  suite: string,
  keys: Awaited<ReturnType<typeof readKeyrings>>,
  context: LoadContext,
): Promise<{ documents: IndexDocument[]; text: string }> {
  const inRelease = await fetchFile(suite, 'InRelease', context)
  if (inRelease !== undefined) {
    const { text } = await verifyClearSigned(await textOf(inRelease, context), keys, `InRelease of ${suite}`)
    return { documents: [inRelease], text: `${text.trimEnd()}\n` }
  }
  const release = await fetchFile(suite, 'Release', context)
  const signature = await fetchFile(suite, 'Release.gpg', context)
  if (release === undefined || signature === undefined)
    throw invalid(`the suite ${suite}`, 'has neither InRelease nor a signed Release')
  const bytes = await context.open(release)
  await verifyDetached(bytes, await context.open(signature), keys, `Release of ${suite}`)
  return { documents: [release, signature], text: Buffer.from(bytes).toString('utf8') }
}

async function textOf(document: IndexDocument, context: ReadContext): Promise<string> {
  return Buffer.from(await context.open(document)).toString('utf8')
}

/** gz before xz: it is a third larger and four times cheaper to read again at every new generation. */
const SUFFIXES = ['.gz', '.xz', '.zst', '.bz2', '']

async function loadIndexFile(
  suite: string,
  path: string,
  release: ReleaseFile,
  context: LoadContext,
): Promise<IndexDocument | undefined> {
  for (const suffix of SUFFIXES) {
    const listed = release.files.get(`${path}${suffix}`)
    if (listed === undefined) continue
    const name = `${suite} ${path}${suffix}`
    const former = context.former?.documents.find(
      (document) => document.name === name && document.sha256 === listed.sha256,
    )
    if (former !== undefined && (await isStored(former, context))) return former
    const found = await fetchListed(suite, `${path}${suffix}`, listed, release, context)
    if (found !== undefined) return found
  }
  // Optional architectures: an archive need not have `all`, a component need not exist on every suite.
  return undefined
}

async function isStored(document: IndexDocument, context: LoadContext): Promise<boolean> {
  try {
    await context.open(document)
    return true
  } catch {
    return false // fetched again below; nothing is served from it
  }
}

async function fetchListed(
  suite: string,
  path: string,
  listed: { sha256: string; sizeBytes: number },
  release: ReleaseFile,
  context: LoadContext,
): Promise<IndexDocument | undefined> {
  const byHash = fieldOf(release.fields, 'Acquire-By-Hash') === 'yes'
  const directory = path.slice(0, path.lastIndexOf('/') + 1)
  const tries = byHash ? [`${directory}by-hash/SHA256/${listed.sha256}`, path] : [path]
  for (const one of tries) {
    const found = await fetchFile(suite, one, context, listed)
    if (found !== undefined) return { ...found, name: `${suite} ${path}` }
  }
  return undefined
}

async function fetchFile(
  suite: string,
  path: string,
  context: LoadContext,
  expect: FetchExpectation = {},
): Promise<IndexDocument | undefined> {
  const base = context.settings.upstreams[0]
  const name = `${suite} ${path}`
  const former = context.former?.documents.find((document) => document.name === name)
  return context.fetch(name, `${base}/${suiteDirectory(suite)}${path}`, {
    ...expect,
    ...(former === undefined || expect.sha256 !== undefined ? {} : { former }),
  })
}

/** Long descriptions in the wanted languages, of the components that are served. */
function translationPaths(
  suite: string,
  release: ReleaseFile,
  { languages, components }: AptOptions,
): string[] {
  if (isFlat(suite)) return []
  return components.flatMap((component) =>
    languages
      .map((language) => `${component}/i18n/Translation-${language}`)
      .filter((path) => SUFFIXES.some((suffix) => release.files.has(`${path}${suffix}`))),
  )
}

/** Every stanza of every Packages file. The same .deb listed twice with other digests is refused. */
export async function* readArchiveClaims(
  index: IndexSet,
  context: ReadContext,
): AsyncGenerator<ArtifactClaim> {
  const seen = new Map<string, string>()
  for (const document of index.documents.filter(isPackages)) {
    const text = await openText(document, context)
    for (const { fields } of stanzasOf(text, document.name)) {
      const claim = claimOf(fields, context)
      const known = seen.get(claim.path)
      if (known !== undefined && known !== fields.SHA256)
        throw invalid(document.name, `promises other bytes of ${claim.path} than another index`)
      if (known !== undefined) continue
      seen.set(claim.path, fields.SHA256)
      yield claim
    }
  }
}

export function isPackages({ name }: IndexDocument): boolean {
  return /(?:^| |\/)Packages(?:\.[a-z0-9]+)?$/.test(name)
}

/** The claim of one stanza; its path is the stanza's Filename without a leading `./`. */
export function claimOf(fields: StanzaFields, { settings }: Pick<ReadContext, 'settings'>): ArtifactClaim {
  const path = fields.Filename.replace(/^(?:\.\/)+/, '')
  const [, source = fields.Package, sourceVersion = fields.Version] =
    /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(fields.Source ?? fields.Package) ?? []
  return {
    repository: settings.name,
    type: 'deb',
    name: fields.Package,
    version: fields.Version,
    path,
    indexKey: ARCHIVE_KEY,
    url: `${settings.upstreams[0]}/${path.split('/').map(encodeURIComponent).join('/')}`,
    digests: { sha256: fields.SHA256 },
    sizeBytes: fields.Size,
    facts: { architecture: fields.Architecture, source, sourceVersion },
  }
}
