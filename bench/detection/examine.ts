// Examines a sample in memory with the content scanners, and says what policy `balanced` would stop it for.
import { npmPackageReader } from '../../src/ecosystems/npm/package-file.ts'
import { pypiPackageReader } from '../../src/ecosystems/pypi/package-file.ts'
import type { JsonObject } from '../../src/model/claim.ts'
import { type Finding, severityAtLeast } from '../../src/model/finding.ts'
import type { PackageContents } from '../../src/model/package-contents.ts'
import { detectionScanners } from '../../src/scanners/content/detection.ts'
import type { RulePack } from '../../src/scanners/rules/rule.ts'
import type { ScannerData } from '../../src/scanners/scanner.ts'
import { packageContents } from '../../tests/support/package-contents.ts'
import { readBytes } from '../../tests/support/read-package.ts'
import { buildPackage, buildTgz } from '../../tests/support/tgz.ts'
import type { Sample } from './samples.ts'

/** npm and PyPI samples go through real archives and readers; system packages are given as their scripts. */
export async function contentsOf(sample: Sample): Promise<PackageContents> {
  if (sample.ecosystem === 'npm') return readNpm(sample)
  return sample.ecosystem === 'pypi' ? readPypi(sample) : maintainerScripts(sample)
}

/** Where a sample comes from is told, so that what stops it is what its code does. */
const ORIGIN = {
  description: 'A sample of a behaviour',
  author: 'A. Sample',
  repository: 'github:sample/sample',
}

async function readNpm({ files, scripts = {}, dependencies = {}, version = '1.0.0' }: Sample) {
  const given = JSON.parse(files['package.json'] ?? '{}') as JsonObject
  const manifest = { name: 'sample', version, ...ORIGIN, scripts, dependencies, ...given }
  const { 'package.json': _, ...rest } = files
  const { bytes } = await buildPackage(manifest, rest)
  return readBytes(npmPackageReader, 'sample-1.0.0.tgz', bytes)
}

async function readPypi({ files }: Sample): Promise<PackageContents> {
  const facts = 'Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n'
  const entries = Object.entries({ 'PKG-INFO': facts, ...files })
  const bytes = await buildTgz(
    Object.fromEntries(entries.map(([path, text]) => [`sample-1.0/${path}`, text])),
  )
  return readBytes(pypiPackageReader, 'sample-1.0.tar.gz', bytes)
}

function maintainerScripts({ ecosystem, files, scripts = {} }: Sample): PackageContents {
  const hooks = Object.entries(scripts).map(([name, script]) => ({
    name,
    interpreter: 'shell',
    script,
    reaches: [],
  }))
  return packageContents(files, { type: ecosystem, hooks })
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
