// One upstream an ecosystem, each with one small package: what every client of a fleet asks for again and again.
import { apkPackage, indexText, makeApkKey, signedIndex } from '../../tests/support/apk-index.ts'
import { startAptUpstream } from '../../tests/support/apt-upstream.ts'
import { startLoopback } from '../../tests/support/loopback-upstream.ts'
import { startNpmUpstream } from '../../tests/support/npm-upstream.ts'
import { startPypiUpstream } from '../../tests/support/pypi-upstream.ts'
import { makeVendorKey } from '../../tests/support/vendor-key.ts'
import { yumLists, yumRepository } from '../../tests/support/yum-metadata.ts'

/** `ballast` makes the npm tarball as large as it is; chance bytes do not pack. */
export async function startSmallUpstreams(ballast: Buffer) {
  const npm = await startNpmUpstream()
  await npm.publish({ name: 'small', version: '1.0.0', files: { 'data.bin': ballast } })
  for (let minor = 1; minor < 20; minor += 1) await npm.publish({ name: 'small', version: `0.${minor}.0` })
  const pypi = await startPypiUpstream()
  for (let minor = 0; minor < 20; minor += 1) await pypi.publish({ name: 'small', version: `1.${minor}` })
  const apt = await startAptUpstream()
  await apt.publish({ name: 'small', version: '1.0' })
  await apt.release()
  const yum = await startYum()
  const apk = await startApk()
  const suites = { suites: ['stable'], architectures: ['amd64'], keyrings: [apt.keyring] }
  return {
    repositories: [
      { name: 'npm', type: 'npm', upstreams: [npm.url] },
      { name: 'pypi', type: 'pypi', upstreams: [pypi.url] },
      { name: 'debian', type: 'deb', upstreams: [apt.url], options: suites },
      { name: 'el', type: 'rpm', upstreams: [yum.url], options: { keys: [yum.key] } },
      {
        name: 'alpine',
        type: 'apk',
        upstreams: [apk.url],
        options: { keys: [apk.key], architectures: ['x86_64'] },
      },
    ],
    async close() {
      for (const one of [npm, pypi, apt, yum, apk]) await one.close()
    },
  }
}

async function startYum() {
  const key = await makeVendorKey()
  const lists = yumLists([{ name: 'small', version: '1.0', release: '1', architecture: 'x86_64' }])
  const files = await yumRepository(lists, { key })
  const upstream = await serve(files)
  return { ...upstream, key: key.file }
}

async function startApk() {
  const key = makeApkKey()
  const index = await signedIndex(indexText([await apkPackage({ name: 'small' })]), { key })
  const upstream = await serve(new Map([['/x86_64/APKINDEX.tar.gz', index]]))
  return { ...upstream, key: key.file }
}

function serve(files: ReadonlyMap<string, Uint8Array | string>) {
  return startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body: bytesOf(body), contentType: 'application/octet-stream' }
  })
}

function bytesOf(body: Uint8Array | string): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
}
