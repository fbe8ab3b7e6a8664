// TruffleHog: secrets in unpacked files. Nothing is verified: that would send what it found to strangers.
import type { Finding } from '../../model/finding.ts'
import { type CommandTool, incomplete, isRecord, textOf } from './command-tool.ts'

export const trufflehog: CommandTool = {
  id: 'trufflehog',
  version: 1,
  layer: 'secret',
  formats: ['npm-tgz', 'wheel', 'sdist', 'deb', 'deb-source', 'rpm', 'apk'],
  looksAt: 'copies',
  timeoutMs: 120_000,
  doneWith: [0],
  versionArgs: ['--version'],
  command: async ({ files }) => [
    'filesystem',
    files,
    '--json',
    '--no-update',
    '--no-verification',
    '--no-color',
  ],
  parse({ stdout, stderr }, { originalOf }) {
    // Its log on standard error ends with this line; without it there was no scan. No finding is no output at all.
    if (!/finished scanning/.test(stderr)) throw incomplete('trufflehog', 'does not say that it finished')
    return stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => finding(line, originalOf))
  },
}

/** The value is never taken over. */
function finding(text: string, originalOf: (path: string) => string): Finding {
  const one = parseLine(text)
  const place = dig(one, 'SourceMetadata', 'Data', 'Filesystem')
  const line = place['line']
  return {
    rule: `trufflehog-${textOf(one['DetectorName']).toLowerCase() || 'secret'}`,
    layer: 'secret',
    severity: 'medium',
    title: `TruffleHog found what looks like a secret of ${textOf(one['DetectorName']) || 'some provider'}`,
    file: originalOf(textOf(place['file'])),
    reach: 'any',
    ...(typeof line === 'number' ? { line } : {}),
  }
}

function parseLine(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value) && typeof value['DetectorName'] === 'string') return value
  } catch {
    // Told below.
  }
  throw incomplete('trufflehog', 'gave a line that is no finding')
}

function dig(value: Record<string, unknown>, ...path: readonly string[]): Record<string, unknown> {
  let at: unknown = value
  for (const part of path) at = isRecord(at) ? at[part] : undefined
  return isRecord(at) ? at : {}
}
