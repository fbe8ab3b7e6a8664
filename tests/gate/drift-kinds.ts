// One upstream of each protocol with two versions of `tool`, and how its index is read through a gateway.
import { gunzipSync } from 'node:zlib'
import { apkPackage, indexText, makeApkKey, signedIndex } from '../support/apk-index.ts'
import { startAptUpstream } from '../support/apt-upstream.ts'
import { startLoopback } from '../support/loopback-upstream.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { startPypiUpstream } from '../support/pypi-upstream.ts'
import { startYumUpstream } from '../support/yum-upstream.ts'
import type { InProcess } from './in-process.ts'

export interface Kind {
  readonly repository: Readonly<Record<string, unknown>>
  /** Path at the gateway of version 2, and a part of its file name that version 1 does not have. */
  readonly artifact: string
  readonly mark: string
  /** Whether the index offers version 2. */
  lists(gateway: InProcess): Promise<boolean>
  close(): Promise<unknown>
}

type MakeKind = () => Promise<Kind>

async function bytesOf(gateway: InProcess, path: string): Promise<Buffer> {
  return Buffer.from(await (await gateway.get(path)).arrayBuffer())
}

const npm: MakeKind = async () => {
  const upstream = await startNpmUpstream()
  await upstream.publish({ name: 'tool', version: '1.0.0' })
  await upstream.publish({ name: 'tool', version: '2.0.0' })
  return {
    repository: { name: 'npm', type: 'npm', upstreams: [upstream.url] },
    artifact: '/npm/tool/-/tool-2.0.0.tgz',
    mark: '2.0.0',
    lists: async (gateway) => (await bytesOf(gateway, '/npm/tool')).includes('tool-2.0.0.tgz'),
    close: upstream.close,
  }
}

const pypi: MakeKind = async () => {
  const upstream = await startPypiUpstream()
  await upstream.publish({ name: 'tool', version: '1.0', as: ['py3-none-any'] })
  const [wheel] = await upstream.publish({ name: 'tool', version: '2.0', as: ['py3-none-any'] })
  return {
    repository: { name: 'pypi', type: 'pypi', upstreams: [upstream.url] },
    artifact: `/pypi/files/tool/${wheel?.filename}`,
    mark: '2.0',
    // A refused file is yanked with its reason, which says so in the page.
    async lists(gateway) {
      const answer = await gateway.get('/pypi/simple/tool/', {
        accept: 'application/vnd.pypi.simple.v1+json',
      })
      const { files } = (await answer.json()) as { files: { filename: string; yanked?: unknown }[] }
      return files.some(({ filename, yanked }) => filename === wheel?.filename && (yanked ?? false) === false)
    },
    close: upstream.close,
  }
}

const apt: MakeKind = async () => {
  const upstream = await startAptUpstream()
  await upstream.publish({ name: 'tool', version: '1.0' })
  const { path } = await upstream.publish({ name: 'tool', version: '2.0' })
  await upstream.release()
  const options = { suites: ['stable'], keyrings: [upstream.keyring] }
  return {
    repository: { name: 'debian', type: 'deb', upstreams: [upstream.url], options },
    artifact: `/debian/${path}`,
    mark: '2.0',
    lists: async (gateway) =>
      gunzipSync(await bytesOf(gateway, '/debian/dists/stable/main/binary-amd64/Packages.gz')).includes(
        'Version: 2.0',
      ),
    close: upstream.close,
  }
}

const yum: MakeKind = async () => {
  const upstream = await startYumUpstream()
  await upstream.publish([
    { name: 'tool', version: '1.0' },
    { name: 'tool', version: '2.0' },
  ])
  return {
    repository: {
      name: 'el',
      type: 'rpm',
      upstreams: [upstream.url],
      options: { keys: [upstream.key.file] },
    },
    artifact: '/el/Packages/tool-2.0-1.noarch.rpm',
    mark: '2.0',
    async lists(gateway) {
      const repomd = (await bytesOf(gateway, '/el/repodata/repomd.xml')).toString()
      const primary = /href="(repodata\/[^"]*primary\.xml\.gz)"/.exec(repomd)?.[1] ?? ''
      return gunzipSync(await bytesOf(gateway, `/el/${primary}`)).includes('tool-2.0-1.noarch.rpm')
    },
    close: upstream.close,
  }
}

const apk: MakeKind = async () => {
  const key = makeApkKey()
  const all = await Promise.all(
    ['1.0-r0', '2.0-r0'].map((version) =>
      apkPackage({ name: 'tool', version, files: [{ name: 'usr/' }, { name: 'usr/tool', data: version }] }),
    ),
  )
  const files = new Map<string, Buffer>(
    all.map(({ version, bytes }) => [`/v1/main/x86_64/tool-${version}.apk`, bytes]),
  )
  files.set('/v1/main/x86_64/APKINDEX.tar.gz', await signedIndex(indexText(all), { key }))
  const upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body, contentType: 'application/octet-stream' }
  })
  const options = { versions: ['v1'], repositories: ['main'], architectures: ['x86_64'], keys: [key.file] }
  return {
    repository: { name: 'alpine', type: 'apk', upstreams: [upstream.url], options },
    artifact: '/alpine/v1/main/x86_64/tool-2.0-r0.apk',
    mark: '2.0-r0',
    lists: async (gateway) =>
      gunzipSync(await bytesOf(gateway, '/alpine/v1/main/x86_64/APKINDEX.tar.gz')).includes('V:2.0-r0'),
    close: upstream.close,
  }
}

export const allKinds: readonly (readonly [string, MakeKind])[] = [
  ['npm', npm],
  ['pypi', pypi],
  ['apt', apt],
  ['yum', yum],
  ['apk', apk],
]
