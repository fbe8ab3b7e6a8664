// Turns checked packs into what the scanners run: resolved signals, compiled patterns, one literal index for all of them.
import { GatewayError } from '../../model/errors.ts'
import type { Layer } from '../../model/finding.ts'
import { codeWords } from './code-words.ts'
import { compileGlobs, type FileChoice } from './glob.ts'
import { LiteralIndex } from './literal-index.ts'
import { requiredLiterals } from './required-literals.ts'
import type { PatternEntry, Rule, RulePack } from './rule.ts'
import { checkPattern } from './safety.ts'

export interface CompiledPattern {
  readonly source: string
  readonly regex: RegExp
  /** Lower-case; one of them is in every match. */
  readonly literals: readonly string[]
  /** Numbers of `literals` in the rule set's index. */
  readonly literalIds: number[]
  readonly caseless: boolean
  /** Longest match in UTF-16 units. */
  readonly maxLength: number
}

/** Patterns of which one has to match; a plain pattern is a set of one, a signal a set of many. */
export type PatternSet = readonly CompiledPattern[]

export interface CompiledRule {
  readonly rule: Rule
  readonly layer: Layer
  readonly appliesTo: FileChoice['includes']
  /** Whether no file of the language can be meant, whatever its path. */
  readonly excludesLanguage: FileChoice['excludes']
  readonly patterns: PatternSet
  readonly all: readonly PatternSet[]
  readonly any: PatternSet
  readonly none: PatternSet
  /** Facts that must all be reported of the file. */
  readonly queries: readonly string[]
}

export interface RuleSet {
  readonly patternRules: readonly CompiledRule[]
  /** Pattern rules that can apply to files of a language. */
  patternRulesFor(language: string): readonly CompiledRule[]
  readonly byQuery: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byMeasure: ReadonlyMap<string, readonly CompiledRule[]>
  readonly index: LiteralIndex
}

/** What checking a pattern tells; costs more than everything else about it. */
export interface DerivedPattern {
  readonly literals: readonly string[]
  readonly maxLength: number
}

type Derived = ReadonlyMap<string, DerivedPattern>

const compiled = new WeakMap<readonly unknown[], RuleSet & { readonly derived: Derived }>()

/** The rule set of packs that `loadRulePacks` accepted; compiled once per array. */
export function ruleSetOf(packs: readonly unknown[]): RuleSet {
  return compiled.get(packs) ?? keepRuleSet(packs as readonly RulePack[], new Map())
}

/** What was derived of every pattern of these packs. */
export function derivedOf(packs: readonly RulePack[]): Derived {
  return (compiled.get(packs) ?? keepRuleSet(packs, new Map())).derived
}

/** Compiles packs with what is known of their patterns already, for `ruleSetOf`. */
export function keepRuleSet(packs: readonly RulePack[], known: Derived) {
  const set = compileRules(packs, known)
  compiled.set(packs, set)
  return set
}

/** Throws CONFIG_INVALID naming pack and rule for an unsafe or broken pattern, an unknown signal, or an id used twice. */
export function compileRules(
  packs: readonly RulePack[],
  known: Derived = new Map(),
): RuleSet & { readonly derived: Derived } {
  const signals = new Map<string, readonly PatternEntry[]>()
  for (const pack of packs)
    for (const [name, entries] of Object.entries(pack.signals ?? {})) signals.set(name, entries)
  const cache = new Map<string, CompiledPattern>()
  const seen = new Set<string>()
  const rules = packs.flatMap((pack) =>
    pack.rules.map((rule) => compileRule(pack, rule, signals, { cache, known }, seen)),
  )
  const index = new LiteralIndex([
    ...[...cache.values()].flatMap((pattern) => pattern.literals),
    ...codeWords(),
  ])
  for (const pattern of cache.values())
    pattern.literalIds.push(...pattern.literals.map((literal) => index.idOf(literal)))
  const byLanguage = new Map<string, readonly CompiledRule[]>()
  const patternRules = rules.filter(
    ({ rule, queries }) => queries.length === 0 && (rule.patterns ?? rule.all),
  )
  return {
    patternRules,
    patternRulesFor(language) {
      let some = byLanguage.get(language)
      if (!some) {
        some = patternRules.filter((rule) => !rule.excludesLanguage(language))
        byLanguage.set(language, some)
      }
      return some
    },
    byQuery: groupBy(rules, ({ queries }) => queries[0]),
    byMeasure: groupBy(rules, ({ rule }) => rule.measure?.name),
    index,
    derived: new Map([...cache].map(([key, { literals, maxLength }]) => [key, { literals, maxLength }])),
  }
}

function compileRule(
  pack: RulePack,
  rule: Rule,
  signals: ReadonlyMap<string, readonly PatternEntry[]>,
  patterns: Patterns,
  seen: Set<string>,
): CompiledRule {
  try {
    if (seen.has(rule.id)) throw new Error('the id is used twice')
    seen.add(rule.id)
    const setOf = (entries: readonly PatternEntry[] | undefined): PatternSet =>
      (entries ?? []).flatMap((entry) => compileEntry(entry, signals, patterns))
    const files = compileGlobs(rule.files ?? pack.files ?? ['**'])
    return {
      rule,
      layer: rule.layer ?? pack.layer,
      appliesTo: files.includes,
      excludesLanguage: files.excludes,
      patterns: setOf(rule.patterns),
      all: (rule.all ?? []).map((entry) => setOf([entry])),
      any: setOf(rule.any),
      none: setOf(rule.none),
      queries: typeof rule.query === 'string' ? [rule.query] : (rule.query ?? []),
    }
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    const facts = { pack: pack.name, rule: rule.id, problem }
    throw new GatewayError('CONFIG_INVALID', `rule ${rule.id} of pack ${pack.name}: ${problem}`, facts, {
      cause,
    })
  }
}

function compileEntry(
  entry: PatternEntry,
  signals: ReadonlyMap<string, readonly PatternEntry[]>,
  patterns: Patterns,
): readonly CompiledPattern[] {
  if (typeof entry === 'object' && 'signal' in entry) {
    const entries = signals.get(entry.signal)
    if (!entries) throw new Error(`no pack has a signal ${entry.signal}`)
    return entries.flatMap((inner) => compileEntry(inner, signals, patterns))
  }
  const { regex, flags = '', literals } = typeof entry === 'string' ? { regex: entry } : entry
  const key = `${flags}/${regex}/${literals?.join('|')}`
  let pattern = patterns.cache.get(key)
  if (!pattern) {
    pattern = compilePattern(regex, flags, patterns.known.get(key) ?? derive(regex, flags, literals))
    patterns.cache.set(key, pattern)
  }
  return [pattern]
}

interface Patterns {
  readonly cache: Map<string, CompiledPattern>
  readonly known: Derived
}

function derive(source: string, flags: string, given: readonly string[] | undefined): DerivedPattern {
  const { tree, maxLength } = checkPattern(source, flags)
  const literals = given?.map((literal) => literal.toLowerCase()) ?? requiredLiterals(tree)
  if (!literals) throw new Error(`no literal of three characters to look for first: ${source}`)
  if (literals.some((literal) => /[^\x00-\x7f]/.test(literal)))
    throw new Error(`a literal to look for first is not ASCII: ${source}`)
  return { literals, maxLength }
}

function compilePattern(source: string, flags: string, derived: DerivedPattern): CompiledPattern {
  return {
    source,
    regex: new RegExp(source, `g${flags}`),
    literals: derived.literals,
    literalIds: [],
    caseless: flags.includes('i'),
    maxLength: derived.maxLength,
  }
}

function groupBy(
  rules: readonly CompiledRule[],
  keyOf: (rule: CompiledRule) => string | undefined,
): Map<string, CompiledRule[]> {
  const groups = new Map<string, CompiledRule[]>()
  for (const rule of rules) {
    const key = keyOf(rule)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(rule)
    else groups.set(key, [rule])
  }
  return groups
}
