// Runs compiled patterns over one text: only where a literal occurs, in windows no longer than a match can be.
import type { CompiledPattern, CompiledRule, PatternSet } from './compile.ts'

export interface Match {
  readonly index: number
  readonly length: number
}

/** What a text offers to patterns. */
export interface SearchText {
  readonly text: string
  /** One byte a literal of the rule set's index: 1 when it occurs. */
  readonly present: Uint8Array
  /** Indexes in `text` at which a literal begins, in order, letter case ignored. Some that are none do no harm. */
  placesOf(id: number, literal: string): readonly number[]
}

/** Matches kept of one pattern in one file where distance decides. */
const MAX_POSITIONS = 2000
/** Windows that overlap become one, up to this length. */
const MAX_WINDOW = 65_536
/** Room before and behind a window, for look-behind, look-ahead and word boundaries. */
const MARGIN = 16

/** Where a rule matches, or undefined. With `near`, the place where everything lies together. */
export function matchRule(compiled: CompiledRule, target: SearchText): Match | undefined {
  const { rule, patterns, all, any, none } = compiled
  const sets: PatternSet[] = [...(patterns.length > 0 ? [patterns] : []), ...all]
  if (any.length > 0) sets.push(any)
  if (!sets.every((set) => set.some((pattern) => mayMatch(pattern, target)))) return undefined
  const match = rule.near === undefined ? matchSets(sets, target) : matchNear(sets, rule.near, target)
  if (!match) return undefined
  return none.some((pattern) => firstMatch(pattern, target)) ? undefined : match
}

function matchSets(sets: readonly PatternSet[], target: SearchText): Match | undefined {
  let first: Match | undefined
  for (const set of sets) {
    const match = firstOfSet(set, target)
    if (!match) return undefined
    first ??= match
  }
  return first
}

function firstOfSet(set: PatternSet, target: SearchText): Match | undefined {
  for (const pattern of set) {
    const match = firstMatch(pattern, target)
    if (match) return match
  }
  return undefined
}

/** Sorted positions of each set, then the anchors of the first set are tried one after another. */
function matchNear(sets: readonly PatternSet[], near: number, target: SearchText): Match | undefined {
  const positions: Match[][] = []
  for (const set of sets) {
    const found = set.flatMap((pattern) => allMatches(pattern, target)).sort((a, b) => a.index - b.index)
    if (found.length === 0) return undefined
    positions.push(found)
  }
  const [anchors = [], ...others] = positions
  return anchors.find((anchor) => others.every((other) => hasNear(other, anchor, near)))
}

function hasNear(sorted: readonly Match[], anchor: Match, near: number): boolean {
  let low = 0
  let high = sorted.length
  const from = anchor.index - near
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as Match).index < from) low = middle + 1
    else high = middle
  }
  const candidate = sorted[low]
  return candidate !== undefined && candidate.index <= anchor.index + anchor.length + near
}

export function mayMatch(pattern: CompiledPattern, target: SearchText): boolean {
  return pattern.literalIds.some((id) => target.present[id] === 1)
}

/** First match, or undefined. */
export function firstMatch(pattern: CompiledPattern, target: SearchText): Match | undefined {
  return allMatches(pattern, target, 1)[0]
}

/** Matches in order of their literals, at most `limit`. */
export function allMatches(pattern: CompiledPattern, target: SearchText, limit = MAX_POSITIONS): Match[] {
  const matches: Match[] = []
  pattern.literals.forEach((literal, i) => {
    const id = pattern.literalIds[i] as number
    if (matches.length >= limit || target.present[id] !== 1) return
    const places = target.placesOf(id, literal)
    for (const [from, to] of windows(places, literal.length, pattern.maxLength, target.text.length)) {
      if (matches.length >= limit) return
      matchWindow(pattern, target.text, from, to, matches, limit)
    }
  })
  return matches
}

/** Merged ranges of the text in which a match that holds the literal at one of `places` can lie. */
function* windows(
  places: readonly number[],
  literalLength: number,
  maxLength: number,
  textLength: number,
): Generator<[number, number]> {
  const reach = maxLength + MARGIN
  let next = 0
  while (next < places.length) {
    const from = Math.max(0, (places[next] as number) - reach)
    let to = from
    for (; next < places.length; next++) {
      const at = places[next] as number
      if (to > from && (at - reach > to || to - from >= MAX_WINDOW)) break
      to = at + literalLength + reach
    }
    yield [from, Math.min(to, textLength)]
  }
}

function matchWindow(
  pattern: CompiledPattern,
  text: string,
  from: number,
  to: number,
  into: Match[],
  limit: number,
): void {
  const { regex } = pattern
  const slice = text.slice(from, to)
  regex.lastIndex = 0
  for (let m = regex.exec(slice); m && into.length < limit; m = regex.exec(slice)) {
    // At the cut ends of a window `^`, `$` and `\b` would be true of the window and not of the text.
    const isCut = (from > 0 && m.index === 0) || (to < text.length && m.index + m[0].length === slice.length)
    if (!isCut) into.push({ index: from + m.index, length: m[0].length })
    if (m[0].length === 0) regex.lastIndex++
  }
}
