// The list of all projects: no installer needs it, and a public one has tens of megabytes; passed on when it is small.
import { GatewayError } from '../../model/errors.ts'
import type { IndexDocument, IndexSet, RenderedDocument } from '../../model/index-set.ts'
import type { LoadContext, ReadContext } from '../ecosystem.ts'
import { isProjectName, normaliseName } from './names.ts'
import { HTML_TYPE, readLinks, SIMPLE_HTML_TYPE } from './simple-html.ts'
import { JSON_TYPE } from './simple-json.ts'
import { isPrivate, isReserved } from './upstreams.ts'

/** No project has this name. */
export const PROJECT_LIST_KEY = '/'
export const PROJECT_LIST = 'projects'
const DEFAULT_MAX_BYTES = 1024 * 1024

/** One document for each upstream. Throws NOT_SERVED when the list is switched off or larger than `projectListMaxBytes`. */
export async function loadProjectList(context: LoadContext): Promise<IndexSet | undefined> {
  const { settings } = context
  if (settings.options['projectList'] === 'refuse')
    throw notServed('this gateway does not serve the list of all projects; installers do not need it')
  const documents: IndexDocument[] = []
  for (const upstream of settings.upstreams) {
    const document = await fetchList(upstream, context)
    if (document !== undefined) documents.push(document)
  }
  return documents.length === 0 ? undefined : { key: PROJECT_LIST_KEY, documents, facts: {} }
}

async function fetchList(
  upstream: string,
  { fetch, settings, former }: LoadContext,
): Promise<IndexDocument | undefined> {
  const limit = settings.options['projectListMaxBytes']
  const maxBytes = typeof limit === 'number' ? limit : DEFAULT_MAX_BYTES
  const known = former?.documents.find(({ name }) => name === upstream)
  try {
    return await fetch(upstream, `${upstream}/`, {
      accept: `${JSON_TYPE}, text/html;q=0.1`,
      maxBytes,
      ...(known === undefined ? {} : { former: known }),
    })
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'TOO_LARGE')
      throw notServed(`the list of all projects is larger than ${maxBytes} bytes; installers do not need it`)
    throw thrown
  }
}

/** Names in normal form, sorted. A reserved name that a public upstream lists is left out. */
export async function renderProjectList(index: IndexSet, context: ReadContext): Promise<RenderedDocument[]> {
  const names = new Set<string>()
  for (const document of index.documents)
    for (const name of await readNames(document, context))
      if (isPrivate(document.name, context.settings) || !isReserved(name, context.settings)) names.add(name)
  const sorted = [...names].sort()
  const html = renderHtml(sorted)
  return [
    { path: PROJECT_LIST, contentType: HTML_TYPE, body: html },
    { path: PROJECT_LIST, contentType: JSON_TYPE, body: renderJson(sorted) },
    { path: PROJECT_LIST, contentType: SIMPLE_HTML_TYPE, body: html },
  ]
}

async function readNames(document: IndexDocument, context: ReadContext): Promise<string[]> {
  const bytes = await context.open(document)
  const text = Buffer.from(bytes).toString('utf8')
  const spelt = text.trimStart().startsWith('{') ? namesInJson(text) : namesInHtml(await readLinks(bytes))
  return spelt.filter(isProjectName).map(normaliseName)
}

function namesInJson(text: string): string[] {
  try {
    const { projects } = JSON.parse(text) as { projects?: unknown }
    if (Array.isArray(projects)) return projects.map((project) => String(project?.name))
  } catch (cause) {
    throw new GatewayError('UPSTREAM_INVALID', "the upstream's list of projects is not JSON", {}, { cause })
  }
  throw new GatewayError('UPSTREAM_INVALID', "the upstream's list of projects has no projects", {})
}

/** The last part of each address: `/simple/flask/` is about `flask`. */
function namesInHtml(links: readonly string[]): string[] {
  return links.map((link) => link.split(/[?#]/, 1)[0]?.replace(/\/+$/, '').split('/').at(-1) ?? '')
}

function renderJson(names: readonly string[]): Uint8Array {
  return Buffer.from(
    JSON.stringify({ meta: { 'api-version': '1.4' }, projects: names.map((name) => ({ name })) }),
  )
}

/** Normal names are letters, digits and `-`: nothing to escape. */
function renderHtml(names: readonly string[]): Uint8Array {
  const links = names.map((name) => `<a href="${name}/">${name}</a><br>`)
  const head =
    '<!DOCTYPE html>\n<html>\n<head>\n<meta name="pypi:repository-version" content="1.4">\n<title>Simple index</title>\n</head>\n<body>'
  return Buffer.from([head, ...links, '</body>', '</html>', ''].join('\n'))
}

function notServed(message: string): GatewayError {
  return new GatewayError('NOT_SERVED', message, {})
}
