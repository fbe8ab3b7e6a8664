// npm in the invariant tables.
import { randomBytes } from 'node:crypto'
import { downloaderRelease } from '../support/inert-malware.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import type { BadRequest, Cell, DoorRow } from './row.ts'

export const npmRow: DoorRow = { type: 'npm', makeCell, badRequests }

async function makeCell(name: string): Promise<Cell> {
  const upstream = await startNpmUpstream()
  // Differs from cell to cell, so that no blob of another cell answers for it.
  const files = { 'data.txt': randomBytes(20_000).toString('base64') }
  const { bytes } = await upstream.publish({ name: 'honest', version: '1.0.0', files })
  await upstream.publish({ ...downloaderRelease('honest', '1.0.1'), tag: 'next' })
  let minor = 0
  return {
    upstream,
    repository: { name, type: 'npm', upstreams: [upstream.url] },
    index: `/${name}/honest`,
    artifact: `/${name}/honest/-/honest-1.0.0.tgz`,
    bytes,
    malicious: `/${name}/honest/-/honest-1.0.1.tgz`,
    upstreamIndex: /^\/honest$/,
    upstreamArtifact: /honest-1\.0\.0\.tgz$/,
    changeIndex: async () => {
      await upstream.publish({ name: 'honest', version: `1.1.${minor++}`, tag: 'next' })
    },
  }
}

function badRequests(mount: string): readonly BadRequest[] {
  const pin = `${mount}honest/-/honest-1.0.0.tgz`
  return [
    { what: 'a path below a tarball', path: `${pin}/x`, status: 404 },
    { what: 'a file that is no tarball', path: `${mount}honest/-/honest-1.0.0.zip`, status: 404 },
    { what: "another package's tarball", path: `${mount}honest/-/other-1.0.0.tgz`, status: 404 },
    { what: 'a version that no index lists', path: `${mount}honest/-/honest-9.9.9.tgz`, status: 404 },
    { what: 'an unknown question', path: `${mount}-/npm/v1/nothing`, status: 404 },
    { what: 'the registry root', path: mount, status: 400 },
    { what: 'parent segments', path: `${mount}honest/-/../../x`, status: 400 },
    { what: 'encoded parent segments', path: `${mount}%2e%2e/honest`, status: 400 },
    {
      what: 'encoded slashes around parents',
      path: `${mount}honest/-/..%2f..%2fhonest-1.0.0.tgz`,
      status: 400,
    },
    { what: 'a double-encoded slash', path: `${mount}@scope%252fname`, status: 400 },
    { what: 'a double-encoded parent', path: `${mount}%252e%252e/honest`, status: 400 },
    { what: 'an encoded NUL', path: `${mount}honest%00`, status: 400 },
    { what: 'an encoded line break', path: `${mount}honest%0d%0aX-Injected:%201`, status: 400 },
    { what: 'a backslash', path: `${mount}honest\\-\\honest-1.0.0.tgz`, status: 400 },
    { what: 'an encoded backslash', path: `${mount}..%5c..%5cetc`, status: 400 },
    { what: 'broken percent-encoding', path: `${mount}%zz`, status: 400 },
    { what: 'broken UTF-8', path: `${mount}%ff%fe`, status: 400 },
    { what: 'an empty segment', path: `${mount}honest//-/honest-1.0.0.tgz`, status: 400 },
    { what: 'a path of 10,000 characters', path: `${mount}${'a'.repeat(10_000)}`, status: 400 },
    { what: 'publishing', method: 'PUT', path: `${mount}honest`, status: 405 },
    { what: 'unpublishing', method: 'DELETE', path: `${pin}/-rev/1-0`, status: 405 },
    {
      what: 'moving a dist-tag',
      method: 'PUT',
      path: `${mount}-/package/honest/dist-tags/latest`,
      status: 405,
    },
    { what: 'posting to a tarball', method: 'POST', path: pin, status: 405 },
    { what: 'logging in', method: 'PUT', path: `${mount}-/user/org.couchdb.user:me`, status: 405 },
  ]
}
