// An archive's documents on the way in: Release verified, and every index checked against it while it is fetched.
import { asGatewayError, type GatewayError } from '../../model/errors.ts'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { FetchExpectation, LoadContext } from '../ecosystem.ts'
import { checkRelease, fieldOf, invalid, parseRelease, type ReleaseFile } from './release.ts'
import { ARCHIVE_KEY } from './requests.ts'
import { type AptOptions, aptOptions, isFlat, listingPaths, suiteDirectory } from './suites.ts'

interface Loading {
  readonly base: string
  readonly options: AptOptions
  readonly context: LoadContext
}

/**
 * Loads every configured suite from the first upstream that answers. Throws UPSTREAM_INVALID when one suite does not hold: the last
 * good generation serves on.
 */
export async function loadArchive(_key: string, context: LoadContext): Promise<IndexSet | undefined> {
  const options = aptOptions(context.settings)
  let failure: GatewayError | undefined
  for (const base of context.settings.upstreams) {
    try {
      return await loadFrom({ base, options, context })
    } catch (thrown) {
      failure = asGatewayError(thrown)
      // A mirror that is away has others beside it; one that lies, or is half synchronised, is told of.
      if (failure.code !== 'UPSTREAM_UNAVAILABLE' && failure.code !== 'UPSTREAM_FAILED') throw failure
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

async function loadFrom(loading: Loading): Promise<IndexSet | undefined> {
  const documents: IndexDocument[] = []
  const dates: Record<string, string> = {}
  for (const suite of loading.options.suites) {
    const loaded = await loadSuite(suite, loading)
    documents.push(...loaded.documents)
    dates[suite] = loaded.release.date.toISOString()
  }
  if (documents.length === 0) return undefined
  return { key: ARCHIVE_KEY, documents, facts: { dates, upstream: loading.base } }
}

async function loadSuite(
  suite: string,
  loading: Loading,
): Promise<{ documents: IndexDocument[]; release: ReleaseFile }> {
  const { options, context } = loading
  const { documents, text } = await loadRelease(suite, loading)
  const what = `Release of ${suite}`
  const release = parseRelease(text, what)
  checkRelease(release, suite, formerDate(context, suite), context.now, what)
  const packages: IndexDocument[] = []
  for (const path of listingPaths(suite, options)) {
    const document = await loadIndexFile(suite, path, release, loading)
    if (document !== undefined) packages.push(document)
  }
  if (packages.length === 0)
    throw invalid(what, 'lists no Packages of the configured components and architectures')
  for (const path of translationPaths(suite, release, options)) {
    const document = await loadIndexFile(suite, path, release, loading, true)
    if (document !== undefined) packages.push(document)
  }
  return { documents: [...documents, ...packages], release }
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
  loading: Loading,
): Promise<{ documents: IndexDocument[]; text: string }> {
  const { context } = loading
  const { keyrings } = loading.options
  const inRelease = await fetchFile(suite, 'InRelease', loading)
  if (inRelease !== undefined) {
    const document = Buffer.from(await context.open(inRelease)).toString('utf8')
    const what = `InRelease of ${suite}`
    const { text } = await context.checkSignature({ clearSigned: document, keyrings, what })
    return { documents: [inRelease], text: `${text.trimEnd()}\n` }
  }
  const release = await fetchFile(suite, 'Release', loading)
  const signature = await fetchFile(suite, 'Release.gpg', loading)
  if (release === undefined || signature === undefined)
    throw invalid(`the suite ${suite}`, 'has neither InRelease nor a signed Release')
  const bytes = await context.open(release)
  const what = `Release of ${suite}`
  await context.checkSignature({ data: bytes, signature: await context.open(signature), keyrings, what })
  return { documents: [release, signature], text: Buffer.from(bytes).toString('utf8') }
}

/** gz before xz: it is a third larger and four times cheaper to read again at every new generation. */
const SUFFIXES = ['.gz', '.xz', '.zst', '.bz2', '']

/**
 * Undefined for what Release does not list: an archive need not have `all`, and a component need not exist in every suite.
 * What it does list must be there, or the mirror is half synchronised and the former set stays.
 */
async function loadIndexFile(
  suite: string,
  path: string,
  release: ReleaseFile,
  loading: Loading,
  optional = false,
): Promise<IndexDocument | undefined> {
  let isListed = false
  for (const suffix of SUFFIXES) {
    const listed = release.files.get(`${path}${suffix}`)
    if (listed === undefined) continue
    isListed = true
    const name = `${suite} ${path}${suffix}`
    const former = loading.context.former?.documents.find(
      (document) => document.name === name && document.sha256 === listed.sha256,
    )
    if (former !== undefined && (await loading.context.has(former))) return former
    const found = await fetchListed(suite, `${path}${suffix}`, listed, release, loading)
    if (found !== undefined) return found
  }
  if (isListed && !optional)
    throw invalid(
      `Release of ${suite}`,
      `lists ${path}, which the upstream does not have (half synchronised?)`,
    )
  return undefined
}

async function fetchListed(
  suite: string,
  path: string,
  listed: { sha256: string; sizeBytes: number },
  release: ReleaseFile,
  loading: Loading,
): Promise<IndexDocument | undefined> {
  const byHash = fieldOf(release.fields, 'Acquire-By-Hash') === 'yes'
  const directory = path.slice(0, path.lastIndexOf('/') + 1)
  const tries = byHash ? [`${directory}by-hash/SHA256/${listed.sha256}`, path] : [path]
  for (const one of tries) {
    const expected = { ...listed, maxBytes: listed.sizeBytes }
    const found = await fetchFile(suite, one, loading, expected).catch((thrown) => {
      throw asGatewayError(thrown).code === 'TOO_LARGE'
        ? invalid(`${one} of ${suite}`, `is larger than its Release says (${listed.sizeBytes} bytes)`)
        : thrown
    })
    if (found !== undefined) return { ...found, name: `${suite} ${path}` }
  }
  return undefined
}

async function fetchFile(
  suite: string,
  path: string,
  { base, context }: Loading,
  expect: FetchExpectation = {},
): Promise<IndexDocument | undefined> {
  const name = `${suite} ${path}`
  const url = `${base}/${suiteDirectory(suite)}${path}`
  const former = context.former?.documents.find((document) => document.name === name && document.url === url)
  return context.fetch(name, url, {
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
