// Syft (Anchore): a second opinion on what is bundled. Its components are told as facts; our own bill of materials is stored.
import { type CommandTool, incomplete, parseJson, recordsOf, textOf, versionOf } from './command-tool.ts'

const SHOWN = 20

export const syft: CommandTool = {
  id: 'syft',
  version: 2,
  layer: 'integrity',
  formats: ['npm-tgz', 'wheel', 'sdist', 'deb', 'rpm', 'apk'],
  looksAt: 'copies',
  timeoutMs: 120_000,
  doneWith: [0],
  env: { SYFT_CHECK_FOR_APP_UPDATE: 'false' },
  versionArgs: ['version'],
  parseVersion: ({ stdout }) => versionOf(stdout),
  command: async ({ files }) => [
    'scan',
    `dir:${files}`,
    // Of a folder it reads lock files only, unless it is told that installed packages count too.
    '--override-default-catalogers',
    'image,directory',
    '--output',
    'cyclonedx-json',
    '--quiet',
  ],
  parse({ stdout }) {
    const answer = parseJson('syft', stdout)
    if (answer['bomFormat'] !== 'CycloneDX') throw incomplete('syft', 'gave no CycloneDX document')
    const components = recordsOf(answer['components']).filter((one) => typeof one['purl'] === 'string')
    if (components.length === 0) return []
    const shown = components.slice(0, SHOWN).map((one) => textOf(one['purl']))
    return [
      {
        rule: 'syft-components',
        layer: 'integrity',
        severity: 'info',
        title: `Syft sees ${components.length} packages inside`,
        detail: shown.join(' ').slice(0, 1000),
      },
    ]
  },
}
