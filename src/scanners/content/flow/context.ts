// What the judges of calls share: the program, its tags, and the facts found so far.

import { isAddress } from './address.ts'
import { runsAtLoad } from './at-load.ts'
import { writtenText } from './command-text.ts'
import { Facts } from './facts.ts'
import type { CallExpr, Expr, Program } from './program.ts'
import { runsSoon } from './script-at-load.ts'
import { Tagger } from './tags.ts'
import { valuesOf } from './values.ts'
import type { Vocabulary } from './vocabulary.ts'
import { walletKeysOf } from './wallet-keys.ts'

export interface CommandText {
  readonly text: string
  /** Index into the source. */
  readonly at: number
}

/** A text that is a program in Python: it loads something, and does more than that. */
const PYTHON_PROGRAM =
  /(?:^|[\n;])[ \t]{0,24}(?:import [\w.]{2,60}|from [\w.]{1,60} import )|\b__import__\(|\burlopen\(|\brequests\.(?:get|post)\(/
const MAX_PROGRAMS = 20

export class Context {
  readonly program: Program
  readonly vocabulary: Vocabulary
  readonly tagger: Tagger
  readonly facts = new Facts()
  /** Names and literals that stand for files the program writes, with the tags of what it writes there. */
  readonly written = new Map<string, number>()
  /** Command lines of started processes, as far as they stand in the code. */
  readonly commands: CommandText[] = []
  /** Texts that are programs themselves, where they are evaluated, written to a file or given to a process. */
  readonly programs: CommandText[] = []
  #address: boolean | undefined

  constructor(program: Program, vocabulary: Vocabulary) {
    this.program = program
    this.vocabulary = vocabulary
    this.tagger = new Tagger(vocabulary, program.source.length, walletKeysOf(program.calls))
  }

  /** Whether a call is made as soon as the module is loaded. */
  isAtLoad({ scope }: CallExpr): boolean {
    return this.program.language === 'python' ? runsAtLoad(scope) : scope.isTopLevel()
  }

  /** Of JavaScript: whether it is made then or soon after, through functions that are called or handed on. */
  isSoon({ scope }: CallExpr): boolean {
    return this.program.language === 'javascript' && runsSoon(scope)
  }

  /** Keeps the programs among the texts that a call is given. */
  addPrograms({ args, at }: CallExpr): void {
    if (this.program.language !== 'python') return
    const values = args.flatMap((arg) => valuesOf(arg))
    for (const arg of values.flatMap((value) => (value.kind === 'list' ? value.items : value))) {
      if (this.programs.length >= MAX_PROGRAMS || arg.kind === 'function') continue
      const text = withoutIndent(writtenText(arg))
      if (text.length > 16 && PYTHON_PROGRAM.test(text)) this.programs.push({ text, at })
    }
  }

  /** Whether any address outside this machine stands in the program or in a file that it loads. */
  get hasAddress(): boolean {
    this.#address ??= [this.program, ...this.program.joined].some(({ texts }) =>
      texts.some(({ value }) => value.length < 500 && isAddress(value)),
    )
    return this.#address
  }
}

/** Texts in code are indented as the code around them is. */
function withoutIndent(text: string): string {
  const indent = /^\s{0,400}\n([ \t]{1,40})(?=\S)/.exec(text)?.[1]
  return indent === undefined ? text : text.replaceAll(`\n${indent}`, '\n')
}

/** A call with its resolved path and the tags of its arguments. */
export interface JudgedCall {
  readonly call: CallExpr
  readonly path: string
  readonly tags: number
}

/** Words by which two mentions of a file are recognised: variable names and literals. */
export function keysOf(exprs: readonly Expr[], depth = 0): string[] {
  if (depth > 4) return []
  return exprs.flatMap((expr): string[] => {
    switch (expr.kind) {
      case 'name': {
        const made = expr.scope.valuesOf(expr.name).filter((value) => value.kind !== 'function')
        return [`name:${expr.name}`, ...keysOf(made.slice(0, 5), depth + 1)]
      }
      case 'text':
        return /[./\\]/.test(expr.value) && expr.value.length > 3 ? [`text:${expr.value}`] : []
      case 'mix':
        return keysOf(expr.parts, depth + 1)
      case 'list':
        return keysOf(expr.items.slice(0, 20), depth + 1)
      case 'call':
        return keysOf(expr.args, depth + 1)
      case 'member':
        return keysOf([expr.of], depth + 1)
      default:
        return []
    }
  })
}
