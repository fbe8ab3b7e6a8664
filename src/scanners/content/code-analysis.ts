// A text of code into facts by its syntax tree, whatever file or command line it came from.
import { type Analysis, analyse } from './flow/analyse.ts'
import { connect } from './flow/connect.ts'
import type { Program } from './flow/program.ts'
import { readScript } from './javascript/parse.ts'
import { scriptVocabulary } from './javascript/vocabulary.ts'
import { parsePython } from './python/parse.ts'
import { pythonVocabulary } from './python/vocabulary.ts'

export interface CodeAnalysis extends Analysis {
  /** The text that places count in. */
  readonly source: string
}

/** Facts of JavaScript or TypeScript, with the text their places count in; `unread` when it is neither. */
export function factsOfScript(text: string, isTypeScript: boolean): CodeAnalysis {
  return factsOfReadings(readScript(text, isTypeScript), text)
}

/** Facts of Python; `unread` when it is nested too deeply. A program of the user is not loaded by anything. */
export function factsOfPython(text: string, isUsersProgram = false): CodeAnalysis {
  return factsOfReadings(readPython(text, isUsersProgram), text)
}

/** One program, or none when the text is nested too deeply. */
export function readPython(text: string, isUsersProgram: boolean): readonly Program[] {
  const program = parsePython(text)
  if (program === undefined) return []
  program.module.isProgram = isUsersProgram
  return [program]
}

function factsOfReadings(programs: readonly Program[], text: string): CodeAnalysis {
  for (const program of programs) connect(program)
  return factsOfPrograms(programs, text)
}

/** Facts of all readings of a text, which are connected already; `unread` when there is none. */
export function factsOfPrograms(programs: readonly Program[], text: string): CodeAnalysis {
  const [first, ...others] = programs.map(factsOfProgram)
  return first === undefined ? unread(text) : others.reduce(joinedAnalysis, first)
}

function factsOfProgram(program: Program): CodeAnalysis {
  const vocabulary = program.language === 'python' ? pythonVocabulary : scriptVocabulary
  return { ...analyse(program, vocabulary), source: program.source }
}

/** One fact of a name, as of one reading. */
function joinedAnalysis(one: CodeAnalysis, other: CodeAnalysis): CodeAnalysis {
  const known = new Set(one.facts.map(({ query }) => query))
  const isKnown = (at: number, text: string) => one.commands.some((own) => own.at === at && own.text === text)
  return {
    source: one.source,
    facts: [...one.facts, ...other.facts.filter(({ query }) => !known.has(query))],
    commands: [...one.commands, ...other.commands.filter(({ at, text }) => !isKnown(at, text))],
    programs: one.programs,
  }
}

/** A text that gives no tree is said to be unread, never clean. */
export function unread(source: string): CodeAnalysis {
  return { facts: [{ query: 'unread', at: 0 }], commands: [], programs: [], source }
}
