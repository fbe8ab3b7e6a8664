// pip-audit (PyPA): known vulnerabilities of a PyPI release, asked by name and version; it needs its advisory service.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandTool, incomplete, parseJson, recordsOf, textOf } from './command-tool.ts'
import { vulnerabilityFinding } from './vulnerability.ts'

export const pipAudit: CommandTool = {
  id: 'pip-audit',
  version: 1,
  layer: 'vulnerability',
  formats: ['wheel', 'sdist'],
  looksAt: 'name',
  timeoutMs: 120_000,
  // 1 means that it found something, and also that it failed: the answer tells which.
  doneWith: [0, 1],
  versionArgs: ['--version'],
  async command({ job, directory }) {
    const { claim } = job
    if (claim === undefined)
      throw incomplete('pip-audit', 'needs a name and a version, and there is no claim')
    const requirements = join(directory, 'requirements.txt')
    await writeFile(requirements, `${claim.name}==${claim.version}\n`)
    return [
      '--requirement',
      requirements,
      '--no-deps',
      '--disable-pip',
      '--format',
      'json',
      '--progress-spinner',
      'off',
    ]
  },
  parse({ stdout, exitCode }) {
    const answer = parseJson('pip-audit', stdout)
    const dependencies = recordsOf(answer['dependencies'])
    if (dependencies.length === 0) throw incomplete('pip-audit', 'gave an answer about no package')
    // It ends with 0 for a package that it could not look up.
    const skipped = dependencies.find((one) => one['skip_reason'] !== undefined)
    if (skipped !== undefined)
      throw incomplete('pip-audit', `skipped the package: ${textOf(skipped['skip_reason'])}`)
    if (!dependencies.every((one) => Array.isArray(one['vulns'])))
      throw incomplete('pip-audit', 'gave an answer without a list')
    const findings = dependencies.flatMap((one) =>
      recordsOf(one['vulns']).map((vulnerability) => {
        const fixed = vulnerability['fix_versions']
        const id = textOf(vulnerability['id'])
        return vulnerabilityFinding({
          id,
          tool: 'pip-audit',
          package: textOf(one['name']),
          version: textOf(one['version']),
          // It knows no severities; ids that others rate are taken seriously until somebody rates them.
          severity: /^(?:CVE|GHSA)-/.test(id) ? 'high' : 'medium',
          title: textOf(vulnerability['description']),
          ...(Array.isArray(fixed) ? { fixedIn: fixed.join(', ') } : {}),
        })
      }),
    )
    if (exitCode === 1 && findings.length === 0)
      throw incomplete('pip-audit', 'ended with 1 and names no vulnerability')
    return findings
  },
}
