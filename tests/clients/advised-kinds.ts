// One upstream of each protocol with `tool` in two versions, the advisory that names the second, and a fresh real client of it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apkPackage, indexText, makeApkKey, signedIndex } from '../support/apk-index.ts'
import { createAptClient, hasApt } from '../support/apt-client.ts'
import { startAptUpstream } from '../support/apt-upstream.ts'
import { client } from '../support/clients.ts'
import { createDnfProject } from '../support/dnf.ts'
import type { GatewayProcess } from '../support/gateway.ts'
import { createGoApkRoot, provideGoApk } from '../support/go-apk.ts'
import { startLoopback } from '../support/loopback-upstream.ts'
import { createNpmProject } from '../support/npm-project.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import type { BucketRecord } from '../support/osv-bucket.ts'
import { createPypiProject } from '../support/pypi-project.ts'
import { startPypiUpstream } from '../support/pypi-upstream.ts'
import { missingTools, startYumUpstream, YUM_TOOLS } from '../support/yum-upstream.ts'

export interface AdvisedKind {
  readonly repository: Readonly<Record<string, unknown>> & { readonly name: string }
  /** Ecosystem as OSV names it, and the package that its advisories name. */
  readonly ecosystem: string
  readonly affected: string
  /** In the form of the ecosystem: older, vulnerable, fixed. */
  readonly versions: readonly [older: string, vulnerable: string, fixed: string]
  /** What the client calls itself. */
  readonly agent: RegExp
  publish(version: string): Promise<void>
  /** Installs `tool`, of any version, with a client that has nothing yet. */
  install(gateway: GatewayProcess, token: string): Promise<{ version: string | undefined; said: string }>
  close(): Promise<unknown>
}

/** Undefined, or why this machine cannot run it. */
export interface Runnable {
  readonly missing?: string
  make(): Promise<AdvisedKind>
}

/** The record of a hole in version 2, fixed in version 3. */
export function holeIn({ ecosystem, affected, versions, repository }: AdvisedKind): BucketRecord {
  const [, introduced, fixed] = versions
  return {
    id: `TEST-${repository.name}-1`,
    modified: '2026-01-02T00:00:00Z',
    summary: 'a hole in tool',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem, name: affected },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced }, { fixed }] }],
      },
    ],
  }
}

async function npm(): Promise<AdvisedKind> {
  const found = client('npm')
  const upstream = await startNpmUpstream()
  return {
    repository: { name: 'npm', type: 'npm', upstreams: [upstream.url] },
    ecosystem: 'npm',
    affected: 'tool',
    versions: ['1.0.0', '2.0.0', '3.0.0'],
    agent: /^npm\//,
    publish: async (version) => void (await upstream.publish({ name: 'tool', version })),
    async install(gateway, token) {
      if (found === undefined) throw new Error('no npm')
      const project = await createNpmProject(found, gateway.npm, token)
      const { output } = await project.add('tool')
      const version = await project.installed('tool')
      await project.remove()
      return { version, said: output }
    },
    close: upstream.close,
  }
}

async function pypi(): Promise<AdvisedKind> {
  const found = client('pip')
  const upstream = await startPypiUpstream()
  return {
    repository: { name: 'pypi', type: 'pypi', upstreams: [upstream.url] },
    ecosystem: 'PyPI',
    affected: 'tool',
    versions: ['1.0', '2.0', '3.0'],
    agent: /^pip\//,
    publish: async (version) => void (await upstream.publish({ name: 'tool', version })),
    async install(gateway, token) {
      if (found === undefined) throw new Error('no pip')
      const index = `${gateway.url.replace('//', `//ci:${token}@`)}/pypi/simple/`
      const project = await createPypiProject(found, index)
      const { output } = await project.add('tool')
      const version = await project.installed('tool')
      await project.remove()
      return { version, said: output }
    },
    close: upstream.close,
  }
}

async function apt(): Promise<AdvisedKind> {
  const upstream = await startAptUpstream({ suite: 'bookworm' })
  const options = {
    suites: ['bookworm'],
    components: ['main'],
    architectures: ['amd64'],
    keyrings: [upstream.keyring],
  }
  return {
    repository: { name: 'debian', type: 'deb', upstreams: [upstream.url], options },
    ecosystem: 'Debian:12',
    affected: 'tool-source',
    versions: ['1.0-1', '2.0-1', '3.0-1'],
    agent: /APT/,
    async publish(version) {
      await upstream.publish({ name: 'tool', version, source: 'tool-source' })
      await upstream.release()
    },
    async install(gateway, token) {
      const own = createAptClient()
      const key = await keyOf(gateway, 'sallyport.asc')
      own.trust({ url: `${gateway.url}/debian`, suites: 'bookworm', components: 'main', key })
      mkdirSync(join(own.folder, 'etc/apt/auth.conf.d'), { recursive: true })
      const line = `machine ${gateway.url} login anybody password ${token}\n`
      writeFileSync(join(own.folder, 'etc/apt/auth.conf.d/sallyport.conf'), line, { mode: 0o600 })
      const updated = await own.get('update', '--error-on=any')
      const ran = await own.get('install', '--download-only', 'tool')
      const version = /^tool_([^_]+)_/.exec(own.archives()[0] ?? '')?.[1]
      own.remove()
      return { version, said: `${updated.output}\n${ran.output}` }
    },
    close: upstream.close,
  }
}

async function yum(): Promise<AdvisedKind> {
  const upstream = await startYumUpstream()
  const options = {
    distribution: 'AlmaLinux:9',
    keys: [upstream.key.file],
    vendorKeys: [upstream.key.file],
  }
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-dnf-key-'))
  return {
    repository: { name: 'el', type: 'rpm', upstreams: [upstream.url], options },
    ecosystem: 'AlmaLinux:9',
    affected: 'tool',
    versions: ['1.0-1', '2.0-1', '3.0-1'],
    agent: /dnf/,
    publish: (version) => upstream.publish([{ name: 'tool', version: version.replace('-1', '') }]),
    async install(gateway, token) {
      const file = join(folder, 'gateway.asc')
      writeFileSync(file, await keyOf(gateway, 'sallyport.asc'))
      const project = createDnfProject({
        baseurl: `${gateway.url}/el/`,
        keys: [`file://${file}`, `file://${upstream.key.file}`],
        token,
      })
      const { said } = await project.run('install', 'tool')
      const version = project.installed('usr/share/tool/version')
      project.remove()
      return { version: version === undefined ? undefined : `${version}-1`, said }
    },
    async close() {
      rmSync(folder, { recursive: true, force: true })
      await upstream.close()
    },
  }
}

const goApk = await provideGoApk()

async function apk(): Promise<AdvisedKind> {
  const key = makeApkKey()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-apk-key-'))
  const files = new Map<string, Buffer>()
  const all: Awaited<ReturnType<typeof apkPackage>>[] = []
  const upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body, contentType: 'application/octet-stream' }
  })
  const options = {
    versions: ['v3.20'],
    repositories: ['main'],
    architectures: ['x86_64'],
    keys: [key.file],
    signatures: ['RSA'],
  }
  return {
    repository: { name: 'alpine', type: 'apk', upstreams: [upstream.url], options },
    ecosystem: 'Alpine:v3.20',
    affected: 'tool-origin',
    versions: ['1.0-r0', '2.0-r0', '3.0-r0'],
    agent: /Go-http-client/,
    async publish(version) {
      const data = [{ name: 'usr/' }, { name: 'usr/tool', data: version }]
      const one = await apkPackage({ name: 'tool', version, origin: 'tool-origin', files: data })
      all.push(one)
      files.set(`/v3.20/main/x86_64/tool-${version}.apk`, one.bytes)
      files.set('/v3.20/main/x86_64/APKINDEX.tar.gz', await signedIndex(indexText(all), { key }))
    },
    async install(gateway, token) {
      const name = (await keyOf(gateway, '')).split('\n').find((line) => line.endsWith('.rsa.pub')) ?? ''
      const file = join(folder, name)
      if (!readdirSync(folder).includes(name)) writeFileSync(file, await keyOf(gateway, name))
      const base = `${gateway.url.replace('//', `//ci:${token}@`)}/alpine/v3.20/main`
      const root = createGoApkRoot('program' in goApk ? goApk.program : '', base, file)
      const { said } = await root.run('install', 'tool')
      const version = root.installed('usr/tool')
      root.remove()
      return { version, said }
    },
    async close() {
      rmSync(folder, { recursive: true, force: true })
      await upstream.close()
    },
  }
}

async function keyOf(gateway: GatewayProcess, name: string): Promise<string> {
  return (await fetch(`${gateway.url}/-/keys/${name}`)).text()
}

function runnable(make: () => Promise<AdvisedKind>, missing: string | undefined): Runnable {
  return missing === undefined ? { make } : { make, missing }
}

const absent = missingTools(['dnf', ...YUM_TOOLS]).join(', ')

export const advisedKinds: readonly (readonly [string, Runnable])[] = [
  ['npm', runnable(npm, client('npm') === undefined ? 'npm' : undefined)],
  ['pip', runnable(pypi, client('pip') === undefined ? 'pip' : undefined)],
  ['apt', runnable(apt, hasApt() ? undefined : 'apt-get')],
  ['dnf', runnable(yum, absent === '' ? undefined : absent)],
  ['go-apk', runnable(apk, 'why' in goApk ? goApk.why : undefined)],
]
