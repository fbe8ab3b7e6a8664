// Parses JavaScript of any age: module or script, with a first line for the shell, types stripped from TypeScript.
import { stripTypeScriptTypes } from 'node:module'
import { type Program as AcornProgram, type Options, parse } from 'acorn'
import { parseModule, parseScript as parseSloppy, type Options as QuickOptions } from 'meriyah'
import type { Program } from '../flow/program.ts'
import { convertScript } from './convert.ts'

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  allowHashBang: true,
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowSuperOutsideMethod: true,
  allowReserved: true,
  checkPrivateFields: false,
}

/**
 * The program, twice where a script and a module run other parts of it; none when no reading of the text is JavaScript (JSX, templates,
 * other languages, too deep).
 */
export function readScript(source: string, isTypeScript: boolean): readonly Program[] {
  const text = isTypeScript ? withoutTypes(source) : source
  if (text === undefined) return []
  try {
    return readings(text).map((tree) => convertScript(tree, text))
  } catch {
    return []
  }
}

const QUICK_OPTIONS: QuickOptions = {
  next: true,
  ranges: true,
  raw: true,
  webcompat: true,
  globalReturn: true,
}

interface Reading {
  readonly kind: 'script' | 'module'
  readonly tree: AcornProgram
}

/** Which of the two Node takes depends on names and manifests, and what one runs is a comment to the other: both are looked at. */
function readings(text: string): AcornProgram[] {
  const { kind, tree } = parseAny(text)
  if (kind === 'module' || !READ_BOTH_WAYS.test(text) || !hidesFromScripts(text)) return [tree]
  const other = attempt(() => parseQuickly('module', text)) ?? attempt(() => parseForgiving('module', text))
  return other === undefined ? [tree] : [tree, other]
}

/** Whether a script has comments as in HTML (ECMA-262 B.1.1), which a module does not have, or divides by `await`. */
function hidesFromScripts(text: string): boolean {
  if (/\bawait\s*\//.test(text)) return true
  let found = false
  const onComment = (type: string) => {
    found ||= type.startsWith('HTML')
  }
  return attempt(() => parseSloppy(text, { ...QUICK_OPTIONS, onComment })) === undefined || found
}

/**
 * Sloppy script first: it accepts what a module forbids; a module only adds imports, top-level await and import.meta. The
 * quick parser reads nearly everything; what it refuses for whatever reason is put before the forgiving one.
 */
function parseAny(text: string): Reading {
  const kinds = isSurelyModule(text) ? (['module', 'script'] as const) : (['script', 'module'] as const)
  for (const kind of kinds) {
    const tree = attempt(() => parseQuickly(kind, text))
    if (tree !== undefined) return { kind, tree }
  }
  const tree = attempt(() => parseForgiving('script', text))
  return tree === undefined
    ? { kind: 'module', tree: parseForgiving('module', text) }
    : { kind: 'script', tree }
}

/** Both parsers give the tree that ESTree describes, with `start` and `end`. */
function parseQuickly(kind: Reading['kind'], text: string): AcornProgram {
  return (kind === 'module' ? parseModule : parseSloppy)(text, QUICK_OPTIONS) as unknown as AcornProgram
}

function parseForgiving(kind: Reading['kind'], text: string): AcornProgram {
  return parse(text, { ...OPTIONS, sourceType: kind })
}

/** Undefined when the text is no program of this kind, as far as this parser can tell. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

const MODULE_LINE = /(?:^|[;}])[ \t]{0,8}(?:import|export)[\s{*"']/m
/** What means one thing in a script and another in a module: comments as in HTML, and a slash behind `await`. */
const READ_BOTH_WAYS = /<!--|-->|\bawait\s*\//

/** Saves reading a module as a script up to its last line. Only the order of tries depends on it. */
function isSurelyModule(text: string): boolean {
  return MODULE_LINE.test(text) && !READ_BOTH_WAYS.test(text)
}

/** Blanks types in place, so that positions stay true. */
function withoutTypes(source: string): string | undefined {
  try {
    return stripTypeScriptTypes(source)
  } catch {
    return undefined
  }
}
