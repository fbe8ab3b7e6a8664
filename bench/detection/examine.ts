// Examines a sample in memory with the content scanners, and says what policy `balanced` would stop it for.
import { type Finding, severityAtLeast } from '../../src/model/finding.ts'
import type { PackageContents } from '../../src/model/package-contents.ts'
import { detectionScanners } from '../../src/scanners/content/detection.ts'
import type { RulePack } from '../../src/scanners/rules/rule.ts'
import type { ScannerData } from '../../src/scanners/scanner.ts'
import { npmContents, packageContents, sdistContents } from '../../tests/support/package-contents.ts'
import type { Sample } from './samples.ts'

export function contentsOf(sample: Sample): PackageContents {
  const { ecosystem, files, scripts = {}, version = '1.0.0' } = sample
  if (ecosystem === 'pypi') return sdistContents(files)
  if (ecosystem !== 'npm') {
    const hooks = Object.entries(scripts).map(([name, script]) => ({
      name,
      interpreter: 'shell',
      script,
      reaches: [],
    }))
    return packageContents(files, { type: ecosystem, hooks })
  }
  const contents = npmContents(files, { scripts, version })
  const dependencies = Object.entries(sample.dependencies ?? {}).map(([name, specifier]) => ({
    name,
    specifier,
    kind: 'runtime',
    foreign: 'url' as const,
  }))
  return { ...contents, dependencies }
}

export async function examine(contents: PackageContents, packs: readonly RulePack[]): Promise<Finding[]> {
  const data: ScannerData = { rules: packs, popularNames: { npm: [], pypi: [] } }
  const signal = new AbortController().signal
  const lists = await Promise.all(
    detectionScanners
      .filter((scanner) => scanner.applies(contents, data) === true)
      .map((scanner) => scanner.scan(contents, data, signal)),
  )
  return lists.flat()
}

/** Critical anywhere, high where it runs at install or import: what `balanced` blocks. */
export function stops(finding: Finding): boolean {
  if (finding.severity === 'critical') return true
  return (
    severityAtLeast(finding.severity, 'high') && (finding.reach === 'install' || finding.reach === 'import')
  )
}
