// Bandit (PyCQA): static analysis of Python. Comments that would silence it are ignored, as is any configuration beside the code.
import type { Finding, Severity } from '../../model/finding.ts'
import { type CommandTool, incomplete, isRecord, parseJson, recordsOf, textOf } from './command-tool.ts'

/** Severity by confidence, as the MPAK trust framework reads Bandit. */
const SEVERITY: Readonly<Record<string, Readonly<Record<string, Severity>>>> = {
  HIGH: { HIGH: 'high', MEDIUM: 'medium', LOW: 'medium' },
  MEDIUM: { HIGH: 'medium', MEDIUM: 'low', LOW: 'low' },
  LOW: { HIGH: 'low', MEDIUM: 'info', LOW: 'info' },
}

export const bandit: CommandTool = {
  id: 'bandit',
  version: 1,
  layer: 'code',
  formats: ['wheel', 'sdist'],
  looksAt: 'copies',
  timeoutMs: 120_000,
  doneWith: [0, 1],
  versionArgs: ['--version'],
  command: async ({ files, paths }) =>
    paths.some((path) => path.endsWith('.py'))
      ? ['--quiet', '--recursive', '--format', 'json', '--ignore-nosec', files]
      : { skipped: 'the package holds no Python file' },
  parse({ stdout }, { originalOf }) {
    const answer = parseJson('bandit', stdout)
    const { results, errors, metrics } = answer
    if (!Array.isArray(results) || !Array.isArray(errors) || !isRecord(metrics))
      throw incomplete('bandit', 'gave an answer without results, errors and metrics')
    const analysed = Object.keys(metrics).filter((name) => name !== '_totals').length
    if (analysed === 0 || analysed <= errors.length)
      throw incomplete('bandit', 'could not analyse a single file')
    return [
      ...recordsOf(results).map((one) => issue(one, originalOf)),
      ...recordsOf(errors).map((one) => unread(one, originalOf)),
    ]
  },
}

function issue(one: Record<string, unknown>, originalOf: (path: string) => string): Finding {
  const severity = SEVERITY[textOf(one['issue_severity'])]?.[textOf(one['issue_confidence'])] ?? 'medium'
  const line = one['line_number']
  return {
    rule: `bandit-${textOf(one['test_id']).toLowerCase()}`,
    layer: 'code',
    severity,
    title: `Bandit: ${textOf(one['issue_text'])}`,
    file: originalOf(textOf(one['filename'])),
    ...(typeof line === 'number' ? { line } : {}),
  }
}

/** A file that no parser reads was not looked at: not a pass. */
function unread(one: Record<string, unknown>, originalOf: (path: string) => string): Finding {
  return {
    rule: 'bandit-not-analysed',
    layer: 'code',
    severity: 'low',
    title: `Bandit could not analyse a file: ${textOf(one['reason'])}`,
    file: originalOf(textOf(one['filename'])),
  }
}
