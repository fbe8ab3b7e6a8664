// A bill of materials of the one package at hand, for tools that look packages up by name and version.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { purlOf } from '../../model/claim.ts'
import { incomplete, type ToolCall } from './command-tool.ts'

/**
 * Unpacked files rarely tell such a tool which package they are (no lock file, no package database), so it is told by package URL.
 * Distribution packages need their distribution in it: without one there is no answer to have, and that is a failure.
 */
export async function writePackageSbom(tool: string, { job, directory }: ToolCall): Promise<string> {
  const { claim, type } = job
  if (claim === undefined) throw incomplete(tool, 'needs a name and a version, and there is no claim')
  const distribution = claim.facts['distribution']
  if ((type === 'deb' || type === 'rpm' || type === 'apk') && typeof distribution !== 'string')
    throw incomplete(tool, 'needs to know the distribution of the package')
  const suffix = typeof distribution === 'string' ? `?distro=${encodeURIComponent(distribution)}` : ''
  const component = {
    type: 'library',
    'bom-ref': 'subject',
    name: claim.name,
    version: claim.version,
    purl: `${purlOf(claim)}${suffix}`,
  }
  const path = join(directory, 'package.cdx.json')
  await writeFile(
    path,
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components: [component] }),
  )
  return path
}
