// One upstream of each distribution with a package in three versions, listed and fetched through a gateway.
import { gunzipSync } from 'node:zlib'
import { apkPackage, indexText, makeApkKey, signedIndex } from '../support/apk-index.ts'
import { startAptUpstream } from '../support/apt-upstream.ts'
import { startLoopback } from '../support/loopback-upstream.ts'
import { startYumUpstream } from '../support/yum-upstream.ts'
import type { InProcess } from './in-process.ts'

export interface DistributionKind {
  readonly repository: Readonly<Record<string, unknown>>
  /** Release of the repository as OSV names it, and one that is not its own. */
  readonly releases: readonly [own: string, other: string]
  /** Name that advisories give the package: of its source where the distribution does so. */
  readonly named: string
  readonly versions: readonly [string, string, string]
  pathOf(version: string): string
  /** Versions that the signed index offers. */
  listed(gateway: InProcess): Promise<string[]>
  close(): Promise<unknown>
}

async function unpacked(gateway: InProcess, path: string): Promise<string> {
  return gunzipSync(Buffer.from(await (await gateway.get(path)).arrayBuffer())).toString('latin1')
}

const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, one = '']) => one).sort()

async function debian(): Promise<DistributionKind> {
  const upstream = await startAptUpstream({ suite: 'bookworm' })
  const paths: Record<string, string> = {}
  const versions = ['1.0-1', '2.0-1', '3.0-1'] as const
  for (const version of versions)
    paths[version] = (await upstream.publish({ name: 'libdemo1', version, source: 'demo' })).path
  await upstream.release({ date: new Date('2025-01-01T00:00:00Z') })
  const options = { suites: ['bookworm'], keyrings: [upstream.keyring] }
  return {
    repository: { name: 'repository', type: 'deb', upstreams: [upstream.url], options },
    releases: ['Debian:12', 'Debian:11'],
    named: 'demo',
    versions,
    pathOf: (version) => paths[version] ?? '',
    listed: async (gateway) =>
      found(
        await unpacked(gateway, '/repository/dists/bookworm/main/binary-amd64/Packages.gz'),
        /^Version: (.*)$/gm,
      ),
    close: upstream.close,
  }
}

async function almaLinux(): Promise<DistributionKind> {
  const upstream = await startYumUpstream()
  await upstream.publish(['1.0', '2.0', '3.0'].map((version) => ({ name: 'demo', version })))
  const options = { keys: [upstream.key.file], distribution: 'AlmaLinux:9' }
  return {
    repository: { name: 'repository', type: 'rpm', upstreams: [upstream.url], options },
    releases: ['AlmaLinux:9', 'AlmaLinux:8'],
    named: 'demo',
    versions: ['1.0-1', '2.0-1', '3.0-1'],
    pathOf: (version) => `Packages/demo-${version}.noarch.rpm`,
    async listed(gateway) {
      const repomd = await (await gateway.get('/repository/repodata/repomd.xml')).text()
      const primary = /href="(repodata\/[^"]*primary\.xml\.gz)"/.exec(repomd)?.[1] ?? ''
      return found(
        await unpacked(gateway, `/repository/${primary}`),
        /href="Packages\/demo-([\d.]+-1)\.noarch\.rpm"/g,
      )
    },
    close: upstream.close,
  }
}

async function alpine(): Promise<DistributionKind> {
  const key = makeApkKey()
  const versions = ['1.0-r0', '2.0-r0', '3.0-r0'] as const
  const files = new Map<string, Buffer>()
  const all = []
  for (const version of versions) {
    const data = [{ name: 'usr/' }, { name: 'usr/demo', data: version }]
    const one = await apkPackage({ name: 'demo-libs', version, origin: 'demo', files: data })
    all.push(one)
    files.set(`/v3.20/main/x86_64/demo-libs-${version}.apk`, one.bytes)
  }
  files.set('/v3.20/main/x86_64/APKINDEX.tar.gz', await signedIndex(indexText(all), { key }))
  const upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body, contentType: 'application/octet-stream' }
  })
  const options = { versions: ['v3.20'], repositories: ['main'], architectures: ['x86_64'], keys: [key.file] }
  return {
    repository: { name: 'repository', type: 'apk', upstreams: [upstream.url], options },
    releases: ['Alpine:v3.20', 'Alpine:v3.19'],
    named: 'demo',
    versions,
    pathOf: (version) => `v3.20/main/x86_64/demo-libs-${version}.apk`,
    listed: async (gateway) =>
      found(await unpacked(gateway, '/repository/v3.20/main/x86_64/APKINDEX.tar.gz'), /^V:(.*)$/gm),
    close: upstream.close,
  }
}

export const distributionKinds: readonly (readonly [string, () => Promise<DistributionKind>])[] = [
  ['deb', debian],
  ['rpm', almaLinux],
  ['apk', alpine],
]
