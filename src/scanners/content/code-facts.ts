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
import { EntryText, lineAt, redact, snippetAt } from './text.ts'

const MAX_INLINE = 20_000

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
  { facts, commands, source }: CodeAnalysis,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
): Finding[] {
  const started = commands.flatMap(({ text, at }) =>
    scanFile(commandFile(file, text), contents, rules).map(
      (finding): Finding => ({ ...finding, line: lineAt(source, at), snippet: redact(text).slice(0, 200) }),
    ),
  )
  return [
    ...findingsOfFacts(facts, source, file, contents, rules),
    ...started,
    ...inlineFindings(commands, source, file, contents, rules),
  ]
}

/** Programs on the command lines that the code starts: `spawn('python3', ['-c', '...'])`. */
function inlineFindings(
  commands: Analysis['commands'],
  source: string,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
): Finding[] {
  return commands.flatMap(({ text, at }) =>
    inlineCode(text).flatMap(({ language, text: program }) => {
      const inner = {
        ...file,
        language,
        text: new EntryText(Buffer.from(program)),
        reach: () => file.reach(),
      }
      const found = [
        ...scanFile(inner, contents, rules),
        ...(program.length > MAX_INLINE ? [] : factFindings(program, inner, contents, rules)),
      ]
      return found.map((finding): Finding => ({ ...finding, line: lineAt(source, at) }))
    }),
  )
}

/** Command lines that such a program starts in its turn are not followed further. */
function factFindings(
  program: string,
  inner: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
): Finding[] {
  const analysis = inner.language === 'python' ? factsOfPython(program) : factsOfScript(program, false)
  return findingsOfFacts(analysis.facts, analysis.source, inner, contents, rules)
}

function commandFile(file: CodeFile, text: string): CodeFile {
  return { ...file, language: 'shell', text: new EntryText(Buffer.from(text)), reach: () => file.reach() }
}
