// Credentials that were published by mistake: shapes from rules/secrets.yaml, then proof, placeholders and entropy. Never shown.
import type { Finding, Severity } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { type CompiledRule, ruleSetOf } from '../rules/compile.ts'
import { allMatches, mayMatch } from '../rules/match.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { privateKeyAt } from './private-key.ts'
import { lineAt } from './text.ts'
import { entropy, isPlaceholder, PROOFS } from './token-shapes.ts'

/** Of one rule in one file; more of them are the same mistake. */
const MAX_PER_FILE = 20
const GENERIC_ENTROPY = 3.9

export const secret: Scanner = {
  id: 'secret',
  version: 1,
  layer: 'secret',
  applies: (contents) => (codeFilesOf(contents).length > 0 ? true : 'the package holds no readable file'),
  scan(contents, data, signal) {
    const set = ruleSetOf(data.rules)
    const rules = set.patternRules.filter((rule) => rule.layer === 'secret')
    const seen = new Set<string>()
    const findings: Finding[] = []
    for (const file of textFilesOf(contents)) {
      signal.throwIfAborted()
      const target = file.text.against(set)
      for (const rule of rules) {
        if (
          rule.patterns.some((pattern) => mayMatch(pattern, target)) &&
          rule.appliesTo(file.path, file.language)
        )
          findings.push(...secretsIn(file, rule, seen))
      }
    }
    return findings
  },
}

/** A NUL byte near the start means data that no one pasted a token into. */
function textFilesOf(contents: PackageContents): readonly CodeFile[] {
  return codeFilesOf(contents).filter((file) => !file.text.bytes.subarray(0, 4096).includes(0))
}

function secretsIn(file: CodeFile, { rule, patterns }: CompiledRule, seen: Set<string>): Finding[] {
  const { text } = file.text
  return patterns
    .flatMap((pattern) => allMatches(pattern, file.text, MAX_PER_FILE))
    .flatMap(({ index, length }) => {
      const matched = text.slice(index, index + length)
      const severity =
        rule.id === 'secret-private-key'
          ? keySeverity(file, index)
          : severityOf(rule.id, matched, rule.severity)
      // One value in many files is one leak.
      if (severity === undefined || seen.has(`${rule.id} ${identityOf(file, rule.id, index, matched)}`))
        return []
      seen.add(`${rule.id} ${identityOf(file, rule.id, index, matched)}`)
      return [
        {
          rule: rule.id,
          layer: 'secret' as const,
          severity,
          title: rule.title,
          detail: rule.why,
          file: file.path,
          line: lineAt(text, index),
          snippet: shown(matched),
          // Never code that runs: nobody is harmed by installing it, only the one whose secret it is.
          reach: 'any' as const,
          ...(rule.remediation === undefined ? {} : { remediation: rule.remediation }),
        },
      ]
    })
}

function identityOf(file: CodeFile, rule: string, index: number, matched: string): string {
  return rule === 'secret-private-key' ? file.text.text.slice(index, index + 400) : matched
}

/** Undefined: not a secret. */
function severityOf(rule: string, matched: string, severity: Severity): Severity | undefined {
  const value = secretValue(rule, matched)
  if (isPlaceholder(value)) return undefined
  const proof = PROOFS[rule]?.(value) ?? 'unproved'
  if (proof === 'wrong') return undefined
  if (rule === 'secret-generic')
    return entropy(value) >= GENERIC_ENTROPY && /\d/.test(value) ? severity : undefined
  if (rule === 'secret-address-with-password') return isPrivatePlace(matched) ? undefined : severity
  if (entropy(value) < 2.5) return undefined
  return severity
}

/** The value itself, where the pattern also takes in the name before it. */
function secretValue(rule: string, matched: string): string {
  switch (rule) {
    case 'secret-generic':
      return /["']([^"']*)["']$/.exec(matched)?.[1] ?? ''
    case 'secret-address-with-password':
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

function keySeverity(file: CodeFile, index: number): Severity | undefined {
  // Long base64 lines are shortened in `text`; the whole key is in `raw`, on the same line.
  const header = file.text.text.slice(index, index + 60)
  const from = file.text.raw.indexOf(header)
  switch (privateKeyAt(file.text.raw.slice(Math.max(0, from)))) {
    case 'usable':
      return 'high'
    case 'encrypted':
      return 'low'
    case 'broken':
      return undefined
  }
}

function shown(matched: string): string {
  const one = matched.replace(/\s+/g, ' ')
  return one.startsWith('-----') ? one : `${one.slice(0, 6)}[... ${matched.length} characters, not shown]`
}
