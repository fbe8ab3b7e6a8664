// Small XML documents as checked trees (repomd.xml). Large ones are never parsed whole, see package-spans.ts.
import { SaxesParser } from 'saxes'
import { invalid } from './invalid.ts'

export interface XmlElement {
  /** Local name, without prefix. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

const MAX_DEPTH = 16
const MAX_ELEMENTS = 100_000

/** Throws UPSTREAM_INVALID for a DOCTYPE, for what is not well-formed, and for more depth or elements than any real document has. */
export function parseXml(text: string, what: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true })
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const stack = [root]
  let elements = 0
  parser.on('doctype', () => {
    throw invalid(what, 'has a DOCTYPE')
  })
  parser.on('error', (error) => {
    throw invalid(what, `is not well-formed: ${error.message}`)
  })
  parser.on('opentag', ({ local, attributes }) => {
    elements += 1
    if (stack.length > MAX_DEPTH || elements > MAX_ELEMENTS)
      throw invalid(what, 'is nested too deep or too large')
    const plain = Object.fromEntries(
      Object.values(attributes).map((one) => [
        one.prefix === '' ? one.local : `${one.prefix}:${one.local}`,
        one.value,
      ]),
    )
    const element: XmlElement = { name: local, attributes: plain, children: [], text: '' }
    stack.at(-1)?.children.push(element)
    stack.push(element)
  })
  parser.on('text', (piece) => {
    const top = stack.at(-1)
    if (top !== undefined) top.text += piece
  })
  parser.on('closetag', () => {
    stack.pop()
  })
  parser.write(text).close()
  const [document] = root.children
  if (document === undefined) throw invalid(what, 'is empty')
  return document
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name)
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
