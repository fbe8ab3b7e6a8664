// Which characters a piece of a pattern can start with, as a bit set over ASCII plus one bit for all others.
import type { AST } from '@eslint-community/regexpp'

/** Bits 0 to 127 are ASCII, bit 128 stands for everything beyond. */
export type CharSet = bigint

const ALL: CharSet = (1n << 129n) - 1n
const OTHER: CharSet = 1n << 128n
const LINE_ENDS: CharSet = bit(10) | bit(13)
const DIGITS = range(48, 57)
const WORD = DIGITS | range(65, 90) | range(97, 122) | bit(95)
const SPACES = range(9, 13) | bit(32) | OTHER

/** Characters the sequence can start with; `empty` when it can match nothing at all. */
export interface Start {
  readonly set: CharSet
  readonly empty: boolean
}

export function startOfSequence(elements: readonly AST.Element[]): Start {
  let set: CharSet = 0n
  for (const element of elements) {
    const start = startOfElement(element)
    set |= start.set
    if (!start.empty) return { set, empty: false }
  }
  return { set, empty: true }
}

export function startOfAlternatives(alternatives: readonly AST.Alternative[]): Start {
  const starts = alternatives.map((alternative) => startOfSequence(alternative.elements))
  return {
    set: starts.reduce((all, start) => all | start.set, 0n),
    empty: starts.some((start) => start.empty),
  }
}

export function startOfElement(element: AST.Element): Start {
  switch (element.type) {
    case 'Quantifier': {
      const inner = startOfElement(element.element)
      return { set: inner.set, empty: inner.empty || element.min === 0 }
    }
    case 'Group':
    case 'CapturingGroup':
      return startOfAlternatives(element.alternatives)
    case 'Assertion':
      return { set: 0n, empty: true }
    default:
      return { set: charsOf(element), empty: false }
  }
}

function charsOf(element: AST.Element | AST.CharacterClassElement): CharSet {
  switch (element.type) {
    case 'Character':
      return bothCases(bit(element.value))
    case 'CharacterClassRange':
      return bothCases(range(element.min.value, element.max.value))
    case 'CharacterSet':
      return ofNamedSet(element)
    case 'CharacterClass': {
      const set = element.elements.reduce(
        (all, inner) => all | charsOf(inner as AST.CharacterClassElement),
        0n,
      )
      return element.negate ? (ALL & ~set) | OTHER : set
    }
    default:
      return ALL
  }
}

function ofNamedSet(element: AST.CharacterSet): CharSet {
  const set =
    element.kind === 'any'
      ? ALL & ~LINE_ENDS
      : element.kind === 'digit'
        ? DIGITS
        : element.kind === 'word'
          ? WORD
          : element.kind === 'space'
            ? SPACES
            : ALL
  return 'negate' in element && element.negate ? (ALL & ~set) | OTHER : set
}

/** Case may be ignored: assume that it is. */
function bothCases(set: CharSet): CharSet {
  const upper = (set >> 65n) & ((1n << 26n) - 1n)
  const lower = (set >> 97n) & ((1n << 26n) - 1n)
  return set | (upper << 97n) | (lower << 65n)
}

function bit(code: number): CharSet {
  return code < 128 ? 1n << BigInt(code) : OTHER
}

function range(from: number, to: number): CharSet {
  let set: CharSet = to > 127 ? OTHER : 0n
  for (let code = from; code <= Math.min(to, 127); code++) set |= 1n << BigInt(code)
  return set
}
