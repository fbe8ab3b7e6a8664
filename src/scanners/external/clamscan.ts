// ClamAV by its program, where no daemon runs: loads its signatures anew for every artifact, so clamd is the better way.
import type { Finding } from '../../model/finding.ts'
import { type CommandTool, incomplete } from './command-tool.ts'

export function clamscan(database?: string): CommandTool {
  return {
    id: 'clamav',
    version: 1,
    layer: 'virus',
    formats: ['npm-tgz', 'wheel', 'sdist', 'deb', 'deb-source', 'rpm', 'apk'],
    looksAt: 'copies',
    timeoutMs: 300_000,
    // 0 nothing found, 1 found, 2 an error (clamscan(1)).
    doneWith: [0, 1],
    versionArgs: ['--version'],
    command: async ({ job, files }) => [
      '--stdout',
      '--recursive',
      '--infected',
      ...(database === undefined ? [] : [`--database=${database}`]),
      job.location,
      files,
    ],
    parse({ stdout, exitCode }, { job, originalOf }) {
      const found = [...stdout.matchAll(/^(.+): (\S.{0,200}) FOUND$/gm)].map(([, path = '', name = '']) =>
        finding(name, path === job.location ? undefined : originalOf(path)),
      )
      const scanned = Number(/^Scanned files: (\d+)$/m.exec(stdout)?.[1] ?? 0)
      const errors = Number(/^Total errors: (\d+)$/m.exec(stdout)?.[1] ?? 0)
      if (scanned === 0) throw incomplete('clamav', 'does not say that it scanned a file')
      if (errors > 0) throw incomplete('clamav', `had ${errors} errors`)
      if (exitCode === 1 && found.length === 0)
        throw incomplete('clamav', 'found something and does not say what')
      return found
    },
  }
}

function finding(name: string, file: string | undefined): Finding {
  return {
    rule: 'virus-found',
    layer: 'virus',
    severity: 'critical',
    title: `ClamAV found ${name}`,
    ...(file === undefined ? {} : { file }),
    remediation:
      'Do not install it. If it is a false alarm, report it to ClamAV and waive this rule for the artifact.',
  }
}
