// Credentials that were published by mistake: shapes from rules/secrets.yaml, then proof, placeholders and entropy. Never shown.
import type { Finding, Severity } from '../../model/finding.ts'
import { type CompiledRule, ruleSetOf } from '../rules/compile.ts'
import { allMatches, mayMatch } from '../rules/match.ts'
import type { Rule } from '../rules/rule.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { fileScanner } from './file-scanner.ts'
import { privateKeyAt } from './private-key.ts'
import { lineAt } from './text.ts'
import { entropy, isPlaceholder, PROOFS } from './token-shapes.ts'

/** Of one rule in one file; more of them are the same mistake. */
const MAX_PER_FILE = 20
const GENERIC_ENTROPY = 3.9
const ADDRESS = /address-with-password$/
const PRIVATE_KEY = 'secret-private-key'
const KEY_HEADER = /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----/g
/** Enough of a key to tell it from another. */
const KEY_IDENTITY = 400
const KEY_SEVERITY = { usable: 'high', encrypted: 'low', broken: undefined } as const

export const secret: Scanner = fileScanner({
  id: 'secret',
  version: 1,
  layer: 'secret',
  applies: (contents) => (codeFilesOf(contents).length > 0 ? true : 'the package holds no readable file'),
  walk(_, data) {
    const set = ruleSetOf(data.rules)
    const rules = set.patternRules.filter((rule) => rule.layer === 'secret')
    const seen = new Set<string>()
    const findings: Finding[] = []
    return {
      file(file) {
        if (isData(file)) return
        const target = file.text.against(set)
        for (const rule of rules) {
          if (appliesTo(rule, file) && rule.patterns.some((pattern) => mayMatch(pattern, target)))
            findings.push(...secretsIn(file, rule, seen))
        }
      },
      end: () => findings,
    }
  },
})

function appliesTo({ rule, appliesTo: matchesPath }: CompiledRule, file: CodeFile): boolean {
  const small = rule.maxFileBytes === undefined || file.text.sizeBytes <= rule.maxFileBytes
  return small && matchesPath(file.path, file.language)
}

/** A NUL byte near the start means data that no one pasted a token into. */
function isData({ text }: CodeFile): boolean {
  return text.bytes.subarray(0, 4096).includes(0)
}

function secretsIn(file: CodeFile, compiled: CompiledRule, seen: Set<string>): Finding[] {
  const { rule, patterns } = compiled
  if (rule.id === PRIVATE_KEY) return privateKeysIn(file, compiled, seen)
  const { text } = file.text
  return patterns
    .flatMap((pattern) => allMatches(pattern, file.text, MAX_PER_FILE))
    .flatMap(({ index, length }) => {
      const matched = text.slice(index, index + length)
      const severity = severityOf(rule.id, matched, rule.severity)
      // One value in many files is one leak.
      if (severity === undefined || seen.has(`${rule.id} ${matched}`)) return []
      seen.add(`${rule.id} ${matched}`)
      return [findingOf(rule, file, severity, lineAt(text, index), shown(matched))]
    })
}

function findingOf(rule: Rule, file: CodeFile, severity: Severity, line: number, snippet: string): Finding {
  return {
    rule: rule.id,
    layer: 'secret',
    severity,
    title: rule.title,
    detail: rule.why,
    file: file.path,
    line,
    snippet,
    // Never code that runs: nobody is harmed by installing it, only the one whose secret it is.
    reach: 'any',
    ...(rule.remediation === undefined ? {} : { remediation: rule.remediation }),
  }
}

/** Undefined: not a secret. */
function severityOf(rule: string, matched: string, severity: Severity): Severity | undefined {
  const value = secretValue(rule, matched)
  if (isPlaceholder(value)) return undefined
  const proof = PROOFS[rule]?.(value) ?? 'unproved'
  if (proof === 'wrong') return undefined
  if (rule === 'secret-generic')
    return entropy(value) >= GENERIC_ENTROPY && /\d/.test(value) ? severity : undefined
  if (ADDRESS.test(rule)) return isPrivatePlace(matched) ? undefined : severity
  if (entropy(value) < 2.5) return undefined
  return severity
}

/** The value itself, where the pattern also takes in the name before it. */
function secretValue(rule: string, matched: string): string {
  switch (rule) {
    case 'secret-generic':
      return /["']([^"']*)["']$/.exec(matched)?.[1] ?? ''
    case 'secret-address-with-password':
    case 'secret-web-address-with-password':
      return /:\/\/[^:]*:(.*)@/.exec(matched)?.[1] ?? ''
    case 'secret-registry-credential':
      return /(?:[:= ][ \t]*["']?)([^\s"':=@]+)["'@]?$/.exec(matched)?.[1] ?? matched
    default:
      return matched
  }
}

/** Documentation, tests and containers on the own machine. */
function isPrivatePlace(address: string): boolean {
  const host = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const local =
    /^(?:localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|host\.docker)/.test(host)
  const reserved =
    /(?:^|\.)(?:example|test|invalid|local|localhost|internal)(?:$|\.(?:com|net|org)$)|^[a-z0-9-]+$/.test(
      host,
    )
  return (
    local ||
    reserved ||
    /:\/\/(?:user(?:name)?|usr|u|admin|root|postgres|guest|foo|me|alice|bob|login|name):/i.test(address)
  )
}

/** Whole keys are only in `raw`: long lines are shortened in `text`. Both have the same lines. */
function privateKeysIn(file: CodeFile, { rule }: CompiledRule, seen: Set<string>): Finding[] {
  const { raw } = file.text
  return [...raw.matchAll(KEY_HEADER)].slice(0, MAX_PER_FILE).flatMap(({ 0: header, index }) => {
    const severity = KEY_SEVERITY[privateKeyAt(raw.slice(index))]
    const identity = raw.slice(index, index + KEY_IDENTITY)
    if (severity === undefined || seen.has(identity)) return []
    seen.add(identity)
    return [findingOf(rule, file, severity, lineAt(raw, index), header)]
  })
}

function shown(matched: string): string {
  return `${matched.replace(/\s+/g, ' ').slice(0, 6)}[... ${matched.length} characters, not shown]`
}
