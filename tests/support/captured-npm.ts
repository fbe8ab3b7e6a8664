// Real packages of fixtures/npm, put on a loopback registry.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NpmUpstream } from './npm-upstream.ts'
import { describeTarball } from './tgz.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/npm')

interface Captured {
  readonly name: string
  readonly versions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly time: Readonly<Record<string, string>>
}

/** Publishes every captured version, oldest first, with the registry's own manifest, digests and times. */
export async function publishCaptured(upstream: NpmUpstream): Promise<void> {
  const folders = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name: folder } of folders) {
    const captured = JSON.parse(readFileSync(join(FIXTURES, folder, 'packument.json'), 'utf8')) as Captured
    for (const [version, manifest] of Object.entries(captured.versions)) {
      const tarball = describeTarball(readFileSync(join(FIXTURES, folder, `${version}.tgz`)))
      const publishedAt = captured.time[version]
      await upstream.publish({
        name: captured.name,
        version,
        manifest,
        tarball,
        ...(publishedAt === undefined ? {} : { publishedAt }),
      })
    }
  }
}
