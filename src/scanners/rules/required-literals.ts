// Finds the strings of which at least one occurs in every match of a pattern: the prefilter that keeps scanning fast.
import type { AST } from '@eslint-community/regexpp'

const MIN_LITERAL = 3

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
  let run = ''
  const endRun = () => {
    if (run.length >= MIN_LITERAL) candidates.push([run])
    run = ''
  }
  for (const element of elements) {
    if (element.type === 'Character' && element.value < 0x80) {
      run += String.fromCharCode(element.value).toLowerCase()
      continue
    }
    if (element.type === 'Assertion') {
      if (element.kind !== 'word') endRun()
      continue
    }
    endRun()
    const inner = insideOf(element)
    if (inner) candidates.push(inner)
  }
  endRun()
  return candidates.sort((a, b) => worth(b) - worth(a))[0]
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
