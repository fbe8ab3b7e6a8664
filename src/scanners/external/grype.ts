// Grype (Anchore): known vulnerabilities of the package, asked by a bill of materials.
import {
  type CommandTool,
  incomplete,
  isRecord,
  parseJson,
  recordsOf,
  textOf,
  versionOf,
} from './command-tool.ts'
import { writePackageSbom } from './package-sbom.ts'
import { vulnerabilityFinding } from './vulnerability.ts'

export const grype: CommandTool = {
  id: 'grype',
  version: 1,
  layer: 'vulnerability',
  formats: ['deb', 'rpm', 'apk', 'npm-tgz', 'wheel', 'sdist'],
  looksAt: 'name',
  timeoutMs: 180_000,
  // 1 is also its answer to findings when a threshold is set; none is set here, so it is an error.
  doneWith: [0],
  env: { GRYPE_DB_AUTO_UPDATE: 'false', GRYPE_CHECK_FOR_APP_UPDATE: 'false' },
  versionArgs: ['version'],
  parseVersion: ({ stdout }) => versionOf(stdout),
  // Not `--quiet`: it would not tell then why it fails, as without its database.
  command: async (call) => [`sbom:${await writePackageSbom('grype', call)}`, '--output', 'json'],
  parse({ stdout }) {
    const answer = parseJson('grype', stdout)
    const { matches, source, descriptor } = answer
    if (!Array.isArray(matches) || !isRecord(source) || !isRecord(descriptor))
      throw incomplete('grype', 'gave an answer of another kind')
    return recordsOf(matches).map((match) => {
      const vulnerability = isRecord(match['vulnerability']) ? match['vulnerability'] : {}
      const artifact = isRecord(match['artifact']) ? match['artifact'] : {}
      const fix = isRecord(vulnerability['fix']) ? vulnerability['fix'] : {}
      const versions = Array.isArray(fix['versions'])
        ? fix['versions'].filter((one) => typeof one === 'string')
        : []
      return vulnerabilityFinding({
        id: textOf(vulnerability['id']),
        tool: 'grype',
        package: textOf(artifact['name']),
        version: textOf(artifact['version']),
        severity: textOf(vulnerability['severity']),
        title: textOf(vulnerability['description']),
        fixedIn: versions.join(', '),
      })
    })
  },
}
