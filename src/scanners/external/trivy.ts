// Trivy (Aqua Security): known vulnerabilities of the package, asked by a bill of materials. Its data is the operator's to refresh.
import { type CommandTool, incomplete, parseJson, recordsOf, textOf } from './command-tool.ts'
import { writePackageSbom } from './package-sbom.ts'
import { vulnerabilityFinding } from './vulnerability.ts'

export const trivy: CommandTool = {
  id: 'trivy',
  version: 1,
  layer: 'vulnerability',
  formats: ['deb', 'rpm', 'apk', 'npm-tgz', 'wheel', 'sdist'],
  looksAt: 'name',
  timeoutMs: 300_000,
  doneWith: [0],
  versionArgs: ['--version'],
  command: async (call) => {
    const sbom = await writePackageSbom('trivy', call)
    return [
      'sbom',
      '--format',
      'json',
      '--quiet',
      '--skip-db-update',
      '--skip-java-db-update',
      '--offline-scan',
      sbom,
    ]
  },
  parse({ stdout }) {
    const answer = parseJson('trivy', stdout)
    if (typeof answer['SchemaVersion'] !== 'number')
      throw incomplete('trivy', 'gave an answer of another kind')
    const results = recordsOf(answer['Results'])
    // No result at all means that it did not recognise the package: that is not "no vulnerability".
    if (results.length === 0) throw incomplete('trivy', 'recognised no package')
    return results
      .flatMap((result) => recordsOf(result['Vulnerabilities']))
      .map((one) =>
        vulnerabilityFinding({
          id: textOf(one['VulnerabilityID']),
          tool: 'trivy',
          package: textOf(one['PkgName']),
          version: textOf(one['InstalledVersion']),
          severity: textOf(one['Severity']),
          title: textOf(one['Title']),
          fixedIn: textOf(one['FixedVersion']),
        }),
      )
  },
}
