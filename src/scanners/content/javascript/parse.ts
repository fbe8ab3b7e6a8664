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

/** The program, or undefined when no reading of the text is JavaScript (JSX, templates, other languages, too deep). */
export function parseScript(source: string, isTypeScript: boolean): Program | undefined {
  const text = isTypeScript ? withoutTypes(source) : source
  if (text === undefined) return undefined
  try {
    return convertScript(parseAny(text), text)
  } catch {
    return undefined
  }
}

const QUICK_OPTIONS: QuickOptions = {
  next: true,
  ranges: true,
  raw: true,
  webcompat: true,
  globalReturn: true,
}

/**
 * Sloppy script first: it accepts what a module forbids; a module only adds imports, top-level await and import.meta. The
 * quick parser reads nearly everything; what it refuses for whatever reason is put before the forgiving one.
 */
function parseAny(text: string): AcornProgram {
  for (const quick of isSurelyModule(text) ? [parseModule, parseSloppy] : [parseSloppy, parseModule]) {
    try {
      // Both parsers give the tree that ESTree describes, with `start` and `end`.
      return quick(text, QUICK_OPTIONS) as unknown as AcornProgram
    } catch {
      // No program of this kind, as far as this parser can tell.
    }
  }
  try {
    return parse(text, { ...OPTIONS, sourceType: 'script' })
  } catch {
    return parse(text, { ...OPTIONS, sourceType: 'module' })
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
