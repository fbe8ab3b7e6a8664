// A text of code into facts by its syntax tree, whatever file or command line it came from.
import { type Analysis, analyse } from './flow/analyse.ts'
import { parseScript } from './javascript/parse.ts'
import { scriptVocabulary } from './javascript/vocabulary.ts'
import { parsePython } from './python/parse.ts'
import { pythonVocabulary } from './python/vocabulary.ts'

export interface CodeAnalysis extends Analysis {
  /** The text that places count in. */
  readonly source: string
}

/** Facts of JavaScript or TypeScript, with the text their places count in; `unread` when it is neither. */
export function factsOfScript(text: string, isTypeScript: boolean): CodeAnalysis {
  const program = parseScript(text, isTypeScript)
  return program ? { ...analyse(program, scriptVocabulary), source: program.source } : unread(text)
}

/** Facts of Python; `unread` when it is nested too deeply. */
export function factsOfPython(text: string): CodeAnalysis {
  const program = parsePython(text)
  return program ? { ...analyse(program, pythonVocabulary), source: program.source } : unread(text)
}

/** A text that gives no tree is said to be unread, never clean. */
export function unread(source: string): CodeAnalysis {
  return { facts: [{ query: 'unread', at: 0 }], commands: [], source }
}
