// Runs the syntax-tree analysis of one file and turns its facts into findings of the rules that ask for them.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { CompiledRule, RuleSet } from '../rules/compile.ts'
import { firstMatch, matchRule } from '../rules/match.ts'
import { type CodeAnalysis, factsOfPython, factsOfScript } from './code-analysis.ts'
import type { CodeFile } from './code-files.ts'
import { scanFile } from './content-rules.ts'
import type { Analysis } from './flow/analyse.ts'
import type { Fact } from './flow/facts.ts'
import { inlineCode } from './inline-code.ts'
import { reachSuffices, ruleApplies, ruleFinding } from './rule-findings.ts'
import { lineAt, looseText, redact, snippetAt } from './text.ts'

const MAX_INLINE = 20_000
/** Programs inside texts of programs. */
const MAX_DEPTH = 3

/** Findings of all rules whose facts were reported. `source` is the text the facts' places count in. */
export function findingsOfFacts(
  facts: readonly Fact[],
  source: string,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
): Finding[] {
  const names = new Set(facts.map((fact) => fact.query))
  return facts.flatMap((fact) =>
    (rules.byQuery.get(fact.query) ?? [])
      .filter((rule) => rule.queries.every((query) => names.has(query)))
      .filter((rule) => ruleApplies(rule, file, contents) && patternsAgree(rule, file, rules))
      .filter((rule) => reachSuffices(rule.rule, file.reach()))
      .map((rule) =>
        ruleFinding(rule, file, { line: lineAt(source, fact.at), snippet: snippetAt(source, fact.at, 120) }),
      ),
  )
}

/** A rule may ask for patterns beside its facts. */
export function patternsAgree(rule: CompiledRule, file: CodeFile, rules: RuleSet): boolean {
  const hasPatterns = rule.patterns.length + rule.all.length + rule.any.length > 0
  const target = file.text.against(rules)
  if (hasPatterns) return matchRule(rule, target) !== undefined
  return !rule.none.some((pattern) => firstMatch(pattern, target))
}

/** Findings of the facts, and of the shell rules over every command line that the code starts. */
export function findingsOfAnalysis(
  { facts, commands, programs, source }: CodeAnalysis,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
  depth = 0,
): Finding[] {
  const started = commands.flatMap(({ text, at }) =>
    scanFile(commandFile(file, text), contents, rules).map(
      (finding): Finding => ({ ...finding, line: lineAt(source, at), snippet: redact(text).slice(0, 200) }),
    ),
  )
  return [
    ...findingsOfFacts(facts, source, file, contents, rules),
    ...started,
    ...innerPrograms(commands, programs).flatMap((inner): Finding[] => {
      if (depth >= MAX_DEPTH) return []
      const line = lineAt(source, inner.at)
      return programFindings(inner, file, contents, rules, depth + 1).map((finding) => ({ ...finding, line }))
    }),
  ]
}

interface InnerProgram {
  readonly language: CodeFile['language']
  readonly text: string
  readonly at: number
}

/** Programs on the command lines that the code starts, `spawn('python3', ['-c', '...'])`, and those that it evaluates or writes. */
function innerPrograms(
  commands: Analysis['commands'],
  programs: Analysis['programs'],
): readonly InnerProgram[] {
  return [
    ...commands.flatMap(({ text, at }) => inlineCode(text).map((inline) => ({ ...inline, at }))),
    ...programs.map(({ text, at }) => ({ language: 'python' as const, text, at })),
  ]
}

function programFindings(
  { language, text }: InnerProgram,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
  depth: number,
): Finding[] {
  const inner = { ...file, language, text: looseText(Buffer.from(text)), reach: () => file.reach() }
  const found = scanFile(inner, contents, rules)
  if (text.length > MAX_INLINE) return found
  const analysis = language === 'python' ? factsOfPython(text) : factsOfScript(text, false)
  return [...found, ...findingsOfAnalysis(analysis, inner, contents, rules, depth)]
}

function commandFile(file: CodeFile, text: string): CodeFile {
  return { ...file, language: 'shell', text: looseText(Buffer.from(text)), reach: () => file.reach() }
}
