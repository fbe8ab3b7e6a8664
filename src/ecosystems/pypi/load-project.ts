// Which documents make up the index of one project: its page, and beside it what somebody asked for (provenance, legacy JSON).
import { GatewayError } from '../../model/errors.ts'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { LoadContext, ReadContext } from '../ecosystem.ts'
import { acceptPage, type ProjectPage } from './project-page.ts'
import { parseSimpleHtml } from './simple-html.ts'
import { JSON_TYPE, parseSimpleJson } from './simple-json.ts'
import { legacyAddress, pageAddress, upstreamsFor } from './upstreams.ts'

export const PAGE = 'page'
const PROVENANCE = 'provenance/'
const LEGACY = 'json'
const ACCEPT = `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`
const MAX_BESIDE_BYTES = 32 * 1024 * 1024
/** Documents beside the page that are kept with it; the oldest go first. */
const MAX_BESIDE = 50

/** The first upstream that has the project answers for it alone; a failing one never lets the next answer in its place. */
export async function loadProject(project: string, context: LoadContext): Promise<IndexSet | undefined> {
  for (const upstream of upstreamsFor(project, context.settings)) {
    const former = context.former?.facts['upstream'] === upstream ? context.former : undefined
    const page = await fetchPage(pageAddress(upstream, project), pageOf(former), context)
    if (page === undefined) continue
    const beside = await loadBeside(upstream, project, page, former, context)
    const hosts = await hostsOf(page, former, context)
    return {
      key: project,
      documents: [page, ...beside.documents],
      facts: { upstream, hosts, missing: beside.missing },
    }
  }
  return undefined
}

/** Whether a loaded set can answer for a document: it has it, or its upstream said that there is none. */
export function holdsDocument(index: IndexSet, document: string): boolean {
  if (!isBeside(document)) return true
  const missing = index.facts['missing']
  return (
    besideDocument(index, document) !== undefined || (Array.isArray(missing) && missing.includes(document))
  )
}

export function besideDocument(index: IndexSet, name: string): IndexDocument | undefined {
  return index.documents.find((document) => document.name === name)
}

export async function openPage(index: IndexSet, context: ReadContext): Promise<ProjectPage> {
  const document = pageOf(index)
  if (document === undefined)
    throw new GatewayError('INTERNAL', 'a PyPI index set without a page', { key: index.key })
  return readPage(document, index.key, context)
}

async function readPage(
  document: IndexDocument,
  project: string,
  context: ReadContext,
): Promise<ProjectPage> {
  const bytes = await context.open(document)
  const raw = isJson(document, bytes)
    ? parseSimpleJson(bytes, document.url, project)
    : await parseSimpleHtml(bytes, document.url, project)
  return acceptPage(raw, project)
}

/** By media type; plain file servers call everything `text/html` or nothing at all, so the first character has the last word. */
function isJson({ contentType = '' }: IndexDocument, bytes: Uint8Array): boolean {
  return (
    /^application\/(?:vnd\.pypi\.simple\.[^;+]*\+)?json\b/.test(contentType) || firstCharacter(bytes) === '{'
  )
}

function firstCharacter(bytes: Uint8Array): string | undefined {
  return Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart()[0]
}

async function fetchPage(
  url: string,
  former: IndexDocument | undefined,
  { fetch }: LoadContext,
): Promise<IndexDocument | undefined> {
  const conditional = former === undefined ? {} : { former }
  try {
    return await fetch(PAGE, url, { accept: ACCEPT, ...conditional })
  } catch (thrown) {
    // An index that negotiates strictly and has no JSON.
    if (thrown instanceof GatewayError && thrown.facts['status'] === 406)
      return fetch(PAGE, url, { accept: 'text/html', ...conditional })
    throw thrown
  }
}

interface Beside {
  readonly documents: readonly IndexDocument[]
  /** Documents that the upstream does not have. */
  readonly missing: readonly string[]
}

async function loadBeside(
  upstream: string,
  project: string,
  page: IndexDocument,
  former: IndexSet | undefined,
  context: LoadContext,
): Promise<Beside> {
  const asked = context.document
  const kept = keptBeside(page, former).filter(({ name }) => name !== asked)
  if (asked === undefined || !isBeside(asked)) return { documents: kept, missing: [] }
  const url = await besideAddress(asked, upstream, project, page, context)
  const document = url === undefined ? undefined : await fetchBeside(asked, url, former, context)
  if (document === undefined) return { documents: kept, missing: [asked] }
  return { documents: [...kept.slice(1 - MAX_BESIDE), document], missing: [] }
}

/** Provenance never changes; legacy JSON is as good as the page it was fetched with. */
function keptBeside(page: IndexDocument, former: IndexSet | undefined): readonly IndexDocument[] {
  const same = pageOf(former)?.sha256 === page.sha256
  return (former?.documents ?? []).filter(
    ({ name }) => name.startsWith(PROVENANCE) || (same && name.startsWith(LEGACY)),
  )
}

function fetchBeside(
  name: string,
  url: string,
  former: IndexSet | undefined,
  { fetch }: LoadContext,
): Promise<IndexDocument | undefined> {
  const known = former === undefined ? undefined : besideDocument(former, name)
  return fetch(name, url, {
    accept: 'application/json',
    maxBytes: MAX_BESIDE_BYTES,
    ...(known === undefined ? {} : { former: known }),
  })
}

async function besideAddress(
  document: string,
  upstream: string,
  project: string,
  page: IndexDocument,
  context: LoadContext,
): Promise<string | undefined> {
  if (!document.startsWith(PROVENANCE)) return legacyAddress(upstream, project, document.split('/')[1])
  const { files } = await readPage(page, project, context)
  return files.find(({ filename }) => filename === document.slice(PROVENANCE.length))?.provenance
}

function isBeside(document: string): boolean {
  return document !== PAGE
}

function pageOf(index: IndexSet | undefined): IndexDocument | undefined {
  return index === undefined ? undefined : besideDocument(index, PAGE)
}

// A file's address as JSON (a quote inside a string is escaped there, so text cannot look like a key) and as HTML write it.
const ADDRESS = /"url"\s*:\s*"(https?:\/\/[^/"?#\\]+)|\bhref\s*=\s*["']?\s*(https?:\/\/[^/"'?#>\s]+)/gi

/** Hosts that the page's own file addresses name, besides the index's. A look at the text: parsing is left to the index worker. */
async function hostsOf(
  page: IndexDocument,
  former: IndexSet | undefined,
  context: LoadContext,
): Promise<string[]> {
  const known = former?.facts['hosts']
  if (pageOf(former)?.sha256 === page.sha256 && Array.isArray(known)) return known as string[]
  const text = Buffer.from(await context.open(page)).toString('latin1')
  const origins = new Set([page.url])
  for (const [, json, html] of text.matchAll(ADDRESS)) origins.add(json ?? html ?? '')
  const hosts = [...origins]
    .map((origin) => URL.parse(origin)?.host)
    .filter((host) => host !== undefined && host !== '')
  return [...new Set(hosts as string[])]
}
