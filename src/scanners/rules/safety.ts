// Refuses regular expressions that can run away: V8 backtracks, so every pattern must have a bounded number of ways to fail.
import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { type CharSet, startOfElement, startOfSequence } from './char-set.ts'

/** Ways to backtrack from one start position; 100 KB of the worst text then stay in the order of a second. */
export const MAX_PATHS = 5000
/** A repetition's upper bound. Longer things (base64 runs, long lines) are measured in linear code, not matched. */
export const MAX_REPEAT = 1000

export interface PatternShape {
  readonly tree: AST.Pattern
  /** Longest text a match can have, in UTF-16 units. */
  readonly maxLength: number
}

/** Parses a pattern and proves a bound for it; throws an Error that says which part has none. */
export function checkPattern(source: string, flags: string): PatternShape {
  const tree = new RegExpParser({ ecmaVersion: 2024 }).parsePattern(source, 0, source.length, {
    unicode: flags.includes('u'),
  })
  const cost = alternativesCost(tree.alternatives, 0n)
  if (cost.paths > MAX_PATHS) {
    throw new Error(
      `backtracks up to ${cost.paths} ways from one position, allowed are ${MAX_PATHS}: ${source}`,
    )
  }
  return { tree, maxLength: cost.length }
}

interface Cost {
  /** Ways in which the same text can be matched before what follows fails. */
  readonly paths: number
  readonly length: number
}

/** `after` holds the characters that can follow: a repetition that none of them continues has one way to end. */
function alternativesCost(alternatives: readonly AST.Alternative[], after: CharSet): Cost {
  const costs = alternatives.map((alternative) => sequenceCost(alternative.elements, after))
  const length = Math.max(0, ...costs.map((cost) => cost.length))
  const variable = costs.filter((cost) => cost.paths > 1)
  return {
    paths: Math.max(
      1,
      variable.reduce((sum, cost) => sum + cost.paths, 0),
    ),
    length,
  }
}

function sequenceCost(elements: readonly AST.Element[], after: CharSet): Cost {
  let paths = 1
  let length = 0
  elements.forEach((element, i) => {
    const rest = elements.slice(i + 1)
    const start = startOfSequence(rest)
    const cost = elementCost(element, start.empty ? start.set | after : start.set, stepOf(rest))
    paths *= cost.paths
    length += cost.length
  })
  return { paths, length }
}

/** How far apart two places at least lie where a fixed text fits: a long text fits less often into a gap. */
function stepOf(rest: readonly AST.Element[]): number {
  const text: number[] = []
  for (const element of rest) {
    if (element.type !== 'Character' || element.value === text[0]) break
    text.push(element.value)
  }
  return Math.max(1, text.length)
}

function elementCost(element: AST.Element, after: CharSet, step: number): Cost {
  switch (element.type) {
    case 'Quantifier':
      return quantifierCost(element, after, step)
    case 'Group':
    case 'CapturingGroup':
      return alternativesCost(element.alternatives, after)
    case 'Assertion':
      return {
        paths: 'alternatives' in element ? alternativesCost(element.alternatives, 0n).paths : 1,
        length: 0,
      }
    case 'Backreference':
      throw new Error(`back reference ${element.raw} has no bound`)
    default:
      return { paths: 1, length: 2 }
  }
}

function quantifierCost(quantifier: AST.Quantifier, after: CharSet, step: number): Cost {
  if (!Number.isFinite(quantifier.max)) throw new Error(`open-ended repetition: ${quantifier.raw}`)
  if (quantifier.max > MAX_REPEAT) throw new Error(`repetition over ${MAX_REPEAT}: ${quantifier.raw}`)
  const start = startOfElement(quantifier.element)
  const inner = elementCost(quantifier.element, start.set | after, 1)
  const clash = start.empty || (start.set & after) !== 0n
  const choices = clash ? Math.ceil((quantifier.max - quantifier.min) / step) + 1 : 1
  return {
    paths: choices * inner.paths ** Math.min(quantifier.max, 64),
    length: quantifier.max * inner.length,
  }
}
