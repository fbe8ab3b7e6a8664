// Finds the strings of which at least one occurs in every match of a pattern: the prefilter that keeps scanning fast.
import type { AST } from '@eslint-community/regexpp'

const MIN_LITERAL = 3
const MAX_RUNS = 8

/** Lower-case literals, or undefined when the pattern has none of at least three characters. */
export function requiredLiterals(tree: AST.Pattern): string[] | undefined {
  return ofAlternatives(tree.alternatives)
}

function ofAlternatives(alternatives: readonly AST.Alternative[]): string[] | undefined {
  const union = new Set<string>()
  for (const alternative of alternatives) {
    const literals = ofSequence(alternative.elements)
    if (!literals) return undefined
    for (const literal of literals) union.add(literal)
  }
  return [...union]
}

function ofSequence(elements: readonly AST.Element[]): string[] | undefined {
  const candidates: string[][] = []
  let runs = ['']
  const endRun = () => {
    if (runs.every((run) => run.length >= MIN_LITERAL)) candidates.push(runs)
    runs = ['']
  }
  for (const element of elements) {
    if (element.type === 'Assertion' && element.kind === 'word') continue
    const choices = choicesOf(element)
    if (choices && choices.length * runs.length <= MAX_RUNS) {
      runs = runs.flatMap((run) => choices.map((choice) => run + choice))
      continue
    }
    endRun()
    const inner = insideOf(element)
    if (inner) candidates.push(inner)
    if (choices) runs = choices
  }
  endRun()
  return candidates.sort((a, b) => worth(b) - worth(a))[0]
}

/** The few characters of which one stands here, lower case; undefined when there are many or it may be left out. */
function choicesOf(element: AST.Element): string[] | undefined {
  if (element.type === 'Character') return element.value < 0x80 ? [lower(element.value)] : undefined
  if (element.type !== 'CharacterClass' || element.negate || element.elements.length > 4) return undefined
  const choices = new Set<string>()
  for (const inner of element.elements) {
    if (inner.type !== 'Character' || inner.value >= 0x80) return undefined
    choices.add(lower(inner.value))
  }
  return [...choices]
}

function lower(code: number): string {
  return String.fromCharCode(code).toLowerCase()
}

function insideOf(element: AST.Element): string[] | undefined {
  if (element.type === 'Group' || element.type === 'CapturingGroup')
    return ofAlternatives(element.alternatives)
  if (element.type === 'Quantifier' && element.min > 0) return ofSequence([element.element])
  return undefined
}

/** A long literal is rare; many alternatives make it common again. */
function worth(literals: readonly string[]): number {
  return Math.min(...literals.map((literal) => literal.length)) - literals.length / 4
}
