// repomd.xml: which metadata files a repository has, under which checksums. Source: createrepo_c and librepo.
import { invalid } from './invalid.ts'
import { childOf, escapeXml, parseXml, type XmlElement } from './xml.ts'

export interface RepomdData {
  readonly type: string
  /** Relative to the repository. */
  readonly href: string
  readonly sha256: string
  readonly sizeBytes: number
  /** Of the unpacked file. */
  readonly openSha256?: string
  readonly openSizeBytes?: number
}

export interface Repomd {
  /** Whole number as createrepo writes it; 0 for a revision that is a word or a release like 9.3, which orders nothing. */
  readonly revision: number
  /** Newest timestamp of a file, seconds since the epoch; 0 when none says. */
  readonly newest: number
  readonly data: readonly RepomdData[]
}

const HREF = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))(?![A-Za-z][A-Za-z0-9+.-]*:)[\x21-\x7e]+$/

/** Throws UPSTREAM_INVALID for a file without SHA-256, a hostile location, or a type that is there twice. */
export function parseRepomd(text: string, what: string): Repomd {
  const root = parseXml(text, what)
  if (root.name !== 'repomd') throw invalid(what, `is a <${root.name}> and no repomd`)
  const data = root.children.filter(({ name }) => name === 'data').map((element) => parseData(element, what))
  const types = new Set(data.map(({ type }) => type))
  if (types.size !== data.length) throw invalid(what, 'names one type twice')
  const stamps = root.children.map((element) => wholeNumber(childOf(element, 'timestamp')) ?? 0)
  return { revision: wholeNumber(childOf(root, 'revision')) ?? 0, newest: Math.max(0, ...stamps), data }
}

function parseData(element: XmlElement, what: string): RepomdData {
  const type = element.attributes['type'] ?? ''
  const location = childOf(element, 'location')
  const href = location?.attributes['href'] ?? ''
  if (!HREF.test(href))
    throw invalid(what, `has a location that leaves the repository: ${href.slice(0, 100)}`)
  if (location?.attributes['xml:base'] !== undefined)
    throw invalid(what, `moves ${type} to another host with xml:base`)
  const openSha256 = digestOf(childOf(element, 'open-checksum'))
  const openSize = wholeNumber(childOf(element, 'open-size'))
  const sha256 = digestOf(childOf(element, 'checksum'))
  const sizeBytes = wholeNumber(childOf(element, 'size'))
  if (type === '' || sha256 === undefined || sizeBytes === undefined)
    throw invalid(what, `has no sha256 checksum and size for ${type || 'a file'}`)
  return {
    type,
    href,
    sha256,
    sizeBytes,
    ...(openSha256 === undefined ? {} : { openSha256 }),
    ...(openSize === undefined ? {} : { openSizeBytes: openSize }),
  }
}

function digestOf(element: XmlElement | undefined): string | undefined {
  const text = element?.text.trim().toLowerCase() ?? ''
  return element?.attributes['type'] === 'sha256' && /^[0-9a-f]{64}$/.test(text) ? text : undefined
}

/** A whole number, as sizes, revisions and timestamps are written. */
function wholeNumber(element: XmlElement | undefined): number | undefined {
  const text = element?.text.trim() ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Our own repomd.xml; `revision` and timestamps are whole seconds. */
export function renderRepomd(data: readonly RepomdData[], revision: number, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000)
  const records = data.map(({ type, href, sha256, sizeBytes, openSha256, openSizeBytes }) =>
    [
      `  <data type="${escapeXml(type)}">`,
      `    <checksum type="sha256">${sha256}</checksum>`,
      ...(openSha256 === undefined ? [] : [`    <open-checksum type="sha256">${openSha256}</open-checksum>`]),
      `    <location href="${escapeXml(href)}"/>`,
      `    <timestamp>${seconds}</timestamp>`,
      `    <size>${sizeBytes}</size>`,
      ...(openSizeBytes === undefined ? [] : [`    <open-size>${openSizeBytes}</open-size>`]),
      '  </data>',
    ].join('\n'),
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">',
    `  <revision>${revision}</revision>`,
    ...records,
    '</repomd>',
    '',
  ].join('\n')
}
