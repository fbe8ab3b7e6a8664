// GuardDog (Datadog): malicious patterns in npm and PyPI packages. It ends with 0 whatever happened; its answer tells.
import type { Finding, Severity } from '../../model/finding.ts'
import { type CommandTool, incomplete, isRecord, parseJson, recordsOf, textOf } from './command-tool.ts'

/** Rules that hit as many ordinary packages as malicious ones. */
const WEAK =
  /^threat-(?:runtime-environment-read|network-outbound-shady-links|runtime-obfuscation-unicode|filesystem-read)$/

export const guarddog: CommandTool = {
  id: 'guarddog',
  version: 1,
  layer: 'code',
  formats: ['npm-tgz', 'wheel', 'sdist'],
  looksAt: 'copies',
  timeoutMs: 300_000,
  doneWith: [0],
  versionArgs: ['--version'],
  command: async ({ job, files }) => [job.type, 'scan', files, '--output-format', 'json'],
  parse({ stdout }, { originalOf }) {
    const { results, errors } = parseJson('guarddog', stdout)
    if (!isRecord(results) || Object.keys(results).length === 0)
      throw incomplete('guarddog', 'gave an answer without results')
    if (!isRecord(errors)) throw incomplete('guarddog', 'gave an answer without a list of errors')
    const [broken] = Object.entries(errors)
    if (broken !== undefined)
      throw incomplete('guarddog', `failed in ${broken[0]}: ${String(broken[1]).slice(0, 200)}`)
    return Object.entries(results).flatMap(([rule, hits]) => findings(rule, hits, originalOf))
  },
}

/** A source rule gives a list of places, a metadata rule a sentence. */
function findings(rule: string, hits: unknown, originalOf: (path: string) => string): Finding[] {
  if (typeof hits === 'string' && hits !== '') return [finding(rule, hits)]
  return recordsOf(hits).map((hit) => {
    const [, path = '', line] = /^(.*?)(?::(\d+))?$/.exec(textOf(hit['location'])) ?? []
    return {
      ...finding(rule, textOf(hit['message'])),
      file: originalOf(path),
      ...(line === undefined ? {} : { line: Number(line) }),
    }
  })
}

function finding(rule: string, message: string): Finding {
  return {
    rule: `guarddog-${rule}`,
    layer: 'code',
    severity: severityOf(rule),
    title: `GuardDog: ${message}`.slice(0, 300),
  }
}

/** Capabilities are facts; one threat in twenty ordinary Python packages is its own measured rate of false alarms. */
function severityOf(rule: string): Severity {
  if (rule.startsWith('capability-')) return 'info'
  return WEAK.test(rule) ? 'medium' : 'high'
}
