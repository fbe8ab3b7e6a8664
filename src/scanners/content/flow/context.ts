// What the judges of calls share: the program, its tags, and the facts found so far.

import { isAddress } from './address.ts'
import { Facts } from './facts.ts'
import type { CallExpr, Expr, Program } from './program.ts'
import { Tagger } from './tags.ts'
import type { Vocabulary } from './vocabulary.ts'
import { walletKeysOf } from './wallet-keys.ts'

export interface CommandText {
  readonly text: string
  /** Index into the source. */
  readonly at: number
}

export class Context {
  readonly program: Program
  readonly vocabulary: Vocabulary
  readonly tagger: Tagger
  readonly facts = new Facts()
  /** Names and literals that stand for files the program writes, with the tags of what it writes there. */
  readonly written = new Map<string, number>()
  /** Command lines of started processes, as far as they stand in the code. */
  readonly commands: CommandText[] = []
  #address: boolean | undefined

  constructor(program: Program, vocabulary: Vocabulary) {
    this.program = program
    this.vocabulary = vocabulary
    this.tagger = new Tagger(vocabulary, program.source.length, walletKeysOf(program.calls))
  }

  /** Whether any address outside this machine stands in the program or in a file that it loads. */
  get hasAddress(): boolean {
    this.#address ??= [this.program, ...this.program.joined].some(({ texts }) =>
      texts.some(({ value }) => value.length < 500 && isAddress(value)),
    )
    return this.#address
  }
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
