// The HTML form of a project page (PEP 503, 592, 629, 658, 708, 714, 740, 792): parsed into the model, rendered from it.
import { finished } from 'node:stream/promises'
import { SAXParser } from 'parse5-sax-parser'
import { invalid, type RawFile, type RawPage } from './project-page.ts'
import { apiVersionOf, type ShownFile, type ShownPage } from './shown-page.ts'

export const HTML_TYPE = 'text/html'
export const SIMPLE_HTML_TYPE = 'application/vnd.pypi.simple.v1+html'

type Attributes = ReadonlyMap<string, string>

/**
 * Reads a page as a browser's tokenizer does: comments, scripts and quoted markup are not links. HTML cannot be wrong, but it can be
 * cut off, or be the page of a proxy that wants a login. Throws UPSTREAM_INVALID for both: half a page would hide the other half.
 */
export async function parseSimpleHtml(bytes: Uint8Array, url: string, project: string): Promise<RawPage> {
  const tags = await readTags(bytes)
  if (tags.open.has('html') && !tags.closed.has('html')) throw invalid(project, 'ends in the middle')
  if (!isSimplePage(tags)) throw invalid(project, 'is no page of a package index')
  const { base, anchors, meta } = tags
  return {
    apiVersion: meta.get('pypi:repository-version')?.[0],
    base: URL.parse(base ?? '', url)?.href ?? url,
    files: anchors.map(rawFile),
    status: meta.get('pypi:project-status')?.[0],
    statusReason: meta.get('pypi:project-status-reason')?.[0],
    tracks: meta.get('pypi:tracks'),
    alternateLocations: meta.get('pypi:alternate-locations'),
  }
}

/** Addresses of all links, as written. */
export async function readLinks(bytes: Uint8Array): Promise<string[]> {
  const { anchors } = await readTags(bytes)
  return anchors.flatMap((attributes) => attributes.get('href') ?? [])
}

interface Tags {
  base?: string
  readonly anchors: Attributes[]
  readonly meta: Map<string, string[]>
  readonly open: Set<string>
  readonly closed: Set<string>
  title: string
}

/** A page without links to files says that it is one, by its title (PEP 503's example) or its version (PEP 629). */
function isSimplePage({ anchors, meta, title }: Tags): boolean {
  if (meta.has('pypi:repository-version') || /^\s*Links for\s/i.test(title)) return true
  return anchors.some((attributes) => FILE_LINK.test(attributes.get('href') ?? ''))
}

const FILE_LINK = /\.(?:whl|zip|tgz|tar\.gz|tar\.bz2|tar\.xz|egg)(?:[?#]|$)/

async function readTags(bytes: Uint8Array): Promise<Tags> {
  const tags: Tags = { anchors: [], meta: new Map(), open: new Set(), closed: new Set(), title: '' }
  const parser = new SAXParser()
  parser.on('startTag', ({ tagName, attrs }) => {
    tags.open.add(tagName)
    if (tagName !== 'a' && tagName !== 'base' && tagName !== 'meta') return
    const attributes = new Map(attrs.map(({ name, value }) => [name, value]))
    if (tagName === 'a') tags.anchors.push(attributes)
    // Only the first base element counts (HTML, section 4.2.3).
    else if (tagName === 'base') tags.base ??= attributes.get('href') ?? ''
    else noteMeta(tags.meta, attributes)
  })
  parser.on('endTag', ({ tagName }) => tags.closed.add(tagName))
  parser.on('text', ({ text }) => {
    if (tags.open.has('title') && !tags.closed.has('title')) tags.title += text
  })
  parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  await finished(parser)
  return tags
}

function noteMeta(meta: Map<string, string[]>, attributes: Attributes): void {
  const name = attributes.get('name')?.toLowerCase()
  const content = attributes.get('content')
  if (name === undefined || content === undefined || !name.startsWith('pypi:')) return
  meta.set(name, [...(meta.get(name) ?? []), content])
}

/** Installers take the file name from the address, not from the text of the link. */
function rawFile(attributes: Attributes): RawFile {
  const href = attributes.get('href')
  const [address = '', fragment = ''] = (href ?? '').trim().split('#', 2)
  return {
    filename: lastSegment(address),
    url: href === undefined ? undefined : address,
    hashes: hashesOf(fragment.split('&')),
    requiresPython: attributes.get('data-requires-python'),
    yanked: attributes.get('data-yanked'),
    size: undefined,
    uploadTime: undefined,
    coreMetadata: hashesOf([
      attributes.get('data-core-metadata') ?? attributes.get('data-dist-info-metadata') ?? '',
    ]),
    provenance: attributes.get('data-provenance'),
  }
}

function lastSegment(address: string): string | undefined {
  const path = address.split('?', 1)[0] ?? ''
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  } catch {
    return undefined // not valid percent-encoding, so no file name: the entry is left out and counted
  }
}

/** `sha256=...` pairs of a fragment or attribute. */
function hashesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** Plain ASCII, so that no charset can be read into it. */
export function renderSimpleHtml(page: ShownPage): Uint8Array {
  const title = `Links for ${page.name}`
  const head = [
    tag('meta', { name: 'pypi:repository-version', content: apiVersionOf(page) }),
    ...statusTags(page),
    ...page.tracks.map((content) => tag('meta', { name: 'pypi:tracks', content })),
    ...page.alternateLocations.map((content) => tag('meta', { name: 'pypi:alternate-locations', content })),
    ...Object.entries(page.omitted).map(([why, count]) =>
      tag('meta', { name: `sallyport:omitted-${why}`, content: String(count) }),
    ),
  ]
  const lines = [
    '<!DOCTYPE html>',
    '<html>',
    '<head>',
    ...head,
    `<title>${title}</title>`,
    '</head>',
    '<body>',
    `<h1>${title}</h1>`,
  ]
  return Buffer.from([...lines, ...page.files.map(anchor), '</body>', '</html>', ''].join('\n'), 'latin1')
}

function statusTags({ status }: ShownPage): string[] {
  if (status === undefined) return []
  const tags = [tag('meta', { name: 'pypi:project-status', content: status.status })]
  if (status.reason !== undefined)
    tags.push(tag('meta', { name: 'pypi:project-status-reason', content: status.reason }))
  return tags
}

function anchor({ file, url, yanked, provenance }: ShownFile): string {
  const metadata = file.coreMetadata === undefined ? undefined : `sha256=${file.coreMetadata}`
  const attributes = {
    href: `${url}#sha256=${file.digests.sha256}`,
    'data-requires-python': file.requiresPython,
    'data-yanked': yanked,
    // Both spellings must agree (PEP 714): pip before 23.1.1 reads only the old one.
    'data-dist-info-metadata': metadata,
    'data-core-metadata': metadata,
    'data-provenance': provenance,
  }
  return `${tag('a', attributes)}${escaped(file.filename)}</a><br>`
}

function tag(name: string, attributes: Readonly<Record<string, string | undefined>>): string {
  let text = `<${name}`
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) text += ` ${key}="${escaped(value)}"`
  return `${text}>`
}

const NEEDS_ESCAPE = /[^ !#-%(-;=?-~]/gu

function escaped(text: string): string {
  return text.replace(NEEDS_ESCAPE, (mark) => `&#${mark.codePointAt(0)};`)
}
