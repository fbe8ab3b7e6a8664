// Licence expressions: which choices an SPDX expression leaves, and whether a list allows one of them.
import parseSpdx, { type SpdxTree } from 'spdx-expression-parse'
import { matchesGlob } from '../model/glob.ts'

/** `NONE`, `UNKNOWN`, `SEE LICENSE IN ...`: words of package formats for "not told". */
const NOT_TOLD = /^(|none|unknown|noassertion|unlicensed|see licen[sc]e in .*|licenseref-.*)$/i

/** Whether the text tells a licence at all; whatever is no SPDX expression but tells something is a licence of that very name. */
export function tellsLicence(text: string | undefined): text is string {
  return text !== undefined && !NOT_TOLD.test(text.trim())
}

/**
 * Whether the expression can be satisfied with licences of this list alone (SPDX identifiers as globs): one side of an OR, both sides
 * of an AND. An identifier with an exception matches as `GPL-2.0-only WITH Classpath-exception-2.0`. Source: SPDX annex D.
 */
export function satisfiableWith(text: string, list: readonly string[]): boolean {
  return satisfies(text, (licence) => isListed(licence, list))
}

/** Whether some choice that the expression leaves has none of these licences in it. */
export function satisfiableWithout(text: string, list: readonly string[]): boolean {
  return satisfies(text, (licence) => !isListed(licence, list))
}

function satisfies(text: string, allowed: (licence: string) => boolean): boolean {
  const tree = parseTree(text.trim())
  return tree === undefined ? allowed(text.trim()) : evaluate(tree, allowed)
}

function evaluate(tree: SpdxTree, allowed: (licence: string) => boolean): boolean {
  if ('conjunction' in tree) {
    const left = evaluate(tree.left, allowed)
    const right = evaluate(tree.right, allowed)
    return tree.conjunction === 'or' ? left || right : left && right
  }
  const { license, plus, exception } = tree
  return allowed(
    `${license}${plus === true ? '+' : ''}${exception === undefined ? '' : ` WITH ${exception}`}`,
  )
}

function isListed(licence: string, list: readonly string[]): boolean {
  const told = licence.toLowerCase()
  return list.some((pattern) => matchesGlob(pattern.toLowerCase(), told))
}

function parseTree(text: string): SpdxTree | undefined {
  try {
    return parseSpdx(text)
  } catch {
    return undefined // not SPDX: many older packages, and most distributions
  }
}
