// A text of code into facts by its syntax tree, whatever file or command line it came from.
import { type Analysis, analyse } from './flow/analyse.ts'
import { connect } from './flow/connect.ts'
import type { Program } from './flow/program.ts'
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
  return factsOfAlone(parseScript(text, isTypeScript), text)
}

/** Facts of Python; `unread` when it is nested too deeply. */
export function factsOfPython(text: string): CodeAnalysis {
  return factsOfAlone(parsePython(text), text)
}

function factsOfAlone(program: Program | undefined, text: string): CodeAnalysis {
  if (!program) return unread(text)
  connect(program)
  return factsOfProgram(program)
}

/** Facts of a program that is connected already. */
export function factsOfProgram(program: Program): CodeAnalysis {
  const vocabulary = program.language === 'python' ? pythonVocabulary : scriptVocabulary
  return { ...analyse(program, vocabulary), source: program.source }
}

/** A text that gives no tree is said to be unread, never clean. */
export function unread(source: string): CodeAnalysis {
  return { facts: [{ query: 'unread', at: 0 }], commands: [], source }
}
