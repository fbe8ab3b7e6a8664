// Parses JavaScript of any age: module or script, with a first line for the shell, types stripped from TypeScript.
import { stripTypeScriptTypes } from 'node:module'
import { type Program as AcornProgram, type Options, parse } from 'acorn'
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

/** Sloppy script first: it accepts what a module forbids; a module only adds top-level await and import.meta. */
function parseAny(text: string): AcornProgram {
  try {
    return parse(text, { ...OPTIONS, sourceType: 'script' })
  } catch {
    return parse(text, { ...OPTIONS, sourceType: 'module' })
  }
}

/** Blanks types in place, so that positions stay true. */
function withoutTypes(source: string): string | undefined {
  try {
    return stripTypeScriptTypes(source)
  } catch {
    return undefined
  }
}
