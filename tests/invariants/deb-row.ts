// APT in the invariant tables.
import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { startAptUpstream } from '../support/apt-upstream.ts'
import { downloaderDeb } from '../support/inert-deb-malware.ts'
import type { BadRequest, Cell, DoorRow } from './row.ts'

export const debRow: DoorRow = { type: 'deb', makeCell, badRequests, lists }

const PACKAGES = 'dists/stable/main/binary-amd64/Packages.gz'

async function makeCell(name: string): Promise<Cell> {
  const upstream = await startAptUpstream()
  // Differs from cell to cell, so that no blob of another cell answers for it.
  const files = { '/usr/share/honest/data': randomBytes(20_000).toString('base64') }
  const honest = await upstream.publish({ name: 'honest', version: '1.0', files })
  const evil = await upstream.publish(downloaderDeb('honest', '1.1'))
  await upstream.release()
  let minor = 0
  const { url, keyring } = upstream
  return {
    upstream,
    repository: {
      name,
      type: 'deb',
      upstreams: [url],
      options: { suites: ['stable'], architectures: ['amd64'], keyrings: [keyring] },
    },
    index: `/${name}/${PACKAGES}`,
    artifact: `/${name}/${honest.path}`,
    bytes: honest.bytes,
    malicious: `/${name}/${evil.path}`,
    upstreamIndex: /^\/dists\//,
    upstreamArtifact: /honest_1\.0_all\.deb$/,
    async changeIndex() {
      await upstream.publish({ name: 'honest', version: `1.2.${minor++}` })
      await upstream.release()
    },
  }
}

function lists(document: string, fileName: string): boolean {
  const bytes = Buffer.from(document, 'latin1')
  return bytes[0] === 0x1f && gunzipSync(bytes).includes(`/${fileName}\n`)
}

function badRequests(mount: string): readonly BadRequest[] {
  const deb = `${mount}pool/main/h/honest/honest_1.0_all.deb`
  return [
    { what: 'a path below a package', path: `${deb}/x`, status: 404 },
    { what: 'a file that is no package', path: `${mount}pool/main/h/honest/honest_1.0_all.zip`, status: 404 },
    {
      what: 'a package that no index lists',
      path: `${mount}pool/main/h/honest/honest_9.9_all.deb`,
      status: 404,
    },
    {
      what: 'a source package where none are served',
      path: `${mount}pool/main/h/honest/honest_1.0.dsc`,
      status: 404,
    },
    { what: 'a suite that is not configured', path: `${mount}dists/other/InRelease`, status: 404 },
    { what: 'a document that the suite does not have', path: `${mount}dists/stable/nothing`, status: 404 },
    { what: 'the root', path: mount, status: 400 },
    { what: 'parent segments', path: `${mount}pool/../dists/stable/InRelease`, status: 400 },
    { what: 'encoded parent segments', path: `${mount}%2e%2e/etc/passwd.deb`, status: 400 },
    { what: 'encoded slashes around parents', path: `${mount}pool/..%2f..%2fx.deb`, status: 400 },
    { what: 'a double-encoded parent', path: `${mount}%252e%252e/x.deb`, status: 400 },
    { what: 'an encoded NUL', path: `${mount}pool/x%00.deb`, status: 400 },
    { what: 'an encoded line break', path: `${mount}pool/x%0d%0aX-Injected:%201.deb`, status: 400 },
    { what: 'a backslash', path: `${mount}pool\\x.deb`, status: 400 },
    { what: 'broken percent-encoding', path: `${mount}pool/%zz.deb`, status: 400 },
    { what: 'an empty segment', path: `${mount}pool//x.deb`, status: 400 },
    { what: 'a path of 10,000 characters', path: `${mount}${'a'.repeat(10_000)}`, status: 400 },
    { what: 'uploading', method: 'PUT', path: deb, status: 405 },
    { what: 'deleting', method: 'DELETE', path: deb, status: 405 },
    { what: 'posting', method: 'POST', path: deb, status: 405 },
  ]
}
