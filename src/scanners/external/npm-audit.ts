// npm audit: known vulnerabilities of an npm package, asked with a made-up project that depends on exactly this version.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../../model/finding.ts'
import { type CommandTool, incomplete, isRecord, parseJson, recordsOf, textOf } from './command-tool.ts'
import { vulnerabilityFinding } from './vulnerability.ts'

/** `registry` answers the audit: the operator's choice, since a mirror may not. */
export function npmAudit(registry: string): CommandTool {
  return {
    id: 'npm-audit',
    version: 1,
    layer: 'vulnerability',
    formats: ['npm-tgz'],
    looksAt: 'name',
    timeoutMs: 120_000,
    doneWith: [0, 1],
    versionArgs: ['--version'],
    async command({ job, directory }) {
      const { claim } = job
      if (claim === undefined)
        throw incomplete('npm-audit', 'needs a name and a version, and there is no claim')
      const { name, version } = claim
      const root = { name: 'audited', version: '0.0.0', dependencies: { [name]: version } }
      const packages = { '': root, [`node_modules/${name}`]: { version } }
      await writeFile(join(directory, 'package.json'), JSON.stringify(root))
      await writeFile(
        join(directory, 'package-lock.json'),
        JSON.stringify({ name: 'audited', version: '0.0.0', lockfileVersion: 3, requires: true, packages }),
      )
      return ['audit', '--json', '--package-lock-only', '--ignore-scripts', `--registry=${registry}`]
    },
    parse({ stdout, exitCode }) {
      const answer = parseJson('npm-audit', stdout)
      // An unreachable or unwilling registry is an object with a message, beside exit code 1.
      const { auditReportVersion, vulnerabilities } = answer
      if (auditReportVersion !== 2 || !isRecord(vulnerabilities))
        throw incomplete('npm-audit', `gave no report: ${textOf(answer['message'])}`)
      const findings = Object.values(vulnerabilities).filter(isRecord).flatMap(advisories)
      if (exitCode === 1 && findings.length === 0)
        throw incomplete('npm-audit', 'ended with 1 and names no vulnerability')
      return findings
    },
  }
}

/** `via` holds advisories, and names of other packages for what is only passed on. */
function advisories(one: Record<string, unknown>): Finding[] {
  return recordsOf(one['via']).map((via) =>
    vulnerabilityFinding({
      id: /GHSA-[\w-]+/.exec(textOf(via['url']))?.[0] ?? `npm-${String(via['source'])}`,
      tool: 'npm-audit',
      package: textOf(via['name']),
      version: textOf(via['range']),
      severity: textOf(via['severity']),
      title: textOf(via['title']),
    }),
  )
}
