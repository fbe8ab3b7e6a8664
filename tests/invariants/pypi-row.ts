// PyPI in the invariant tables.
import { randomBytes } from 'node:crypto'
import { startupRelease } from '../support/inert-python-malware.ts'
import { startPypiUpstream } from '../support/pypi-upstream.ts'
import type { BadRequest, Cell, DoorRow } from './row.ts'

export const pypiRow: DoorRow = { type: 'pypi', makeCell, badRequests, lists }

async function makeCell(name: string): Promise<Cell> {
  const upstream = await startPypiUpstream({ oneHost: true })
  // Differs from cell to cell, so that no blob of another cell answers for it.
  const files = { 'honest/data.txt': randomBytes(20_000).toString('base64') }
  const [wheel] = await upstream.publish({ name: 'honest', version: '1.0.0', files, as: ['py3-none-any'] })
  if (wheel === undefined) throw new Error('nothing was published')
  await upstream.publish(startupRelease('honest', '1.0.1'))
  let minor = 0
  return {
    upstream: upstream.index,
    repository: { name, type: 'pypi', upstreams: [upstream.url] },
    index: `/${name}/simple/honest/`,
    artifact: `/${name}/files/honest/${wheel.filename}`,
    bytes: wheel.bytes,
    malicious: `/${name}/files/honest/honest-1.0.1-py3-none-any.whl`,
    upstreamIndex: /^\/simple\/honest\/$/,
    upstreamArtifact: /honest-1\.0\.0-py3-none-any\.whl$/,
    changeIndex: async () => {
      await upstream.publish({ name: 'honest', version: `1.1.${minor++}`, as: ['py3-none-any'] })
    },
  }
}

/** A refused file stays on the page as yanked, so that a pin reads the reason; it is offered to nobody else. */
function lists(page: string, fileName: string): boolean {
  const anchor = page.split('\n').find((line) => line.includes(`>${fileName}</a>`))
  return anchor !== undefined && !anchor.includes('data-yanked')
}

function badRequests(mount: string): readonly BadRequest[] {
  const file = `${mount}files/honest/honest-1.0.0-py3-none-any.whl`
  return [
    { what: 'a path below a file', path: `${file}/x`, status: 404 },
    { what: 'a signature beside a file', path: `${file}.asc`, status: 404 },
    { what: "another project's file", path: `${mount}files/honest/other-1.0.0.tar.gz`, status: 404 },
    {
      what: 'a file under another spelling of its project',
      path: `${mount}files/Honest/honest-1.0.0.tar.gz`,
      status: 404,
    },
    { what: 'a version that no index lists', path: `${mount}files/honest/honest-9.9.9.tar.gz`, status: 404 },
    {
      what: 'the sidecar of a version that no index lists',
      path: `${mount}files/honest/honest-9.9.9-py3-none-any.whl.metadata`,
      status: 404,
    },
    { what: 'an egg', path: `${mount}files/honest/honest-1.0.0-py3.11.egg`, status: 404 },
    { what: 'a page below a project', path: `${mount}simple/honest/1.0.0/`, status: 404 },
    {
      what: 'provenance of another version',
      path: `${mount}integrity/honest/2.0/honest-1.0.0.tar.gz/provenance`,
      status: 404,
    },
    { what: 'the repository root', path: mount, status: 404 },
    { what: 'parent segments', path: `${mount}simple/../files`, status: 400 },
    { what: 'encoded parent segments', path: `${mount}simple/%2e%2e/`, status: 400 },
    {
      what: 'encoded slashes around parents',
      path: `${mount}files/honest/..%2f..%2fhonest-1.0.0.tar.gz`,
      status: 400,
    },
    { what: 'a double-encoded letter', path: `${mount}simple/%2568onest/`, status: 400 },
    { what: 'an encoded NUL', path: `${mount}simple/honest%00/`, status: 400 },
    { what: 'an encoded line break', path: `${mount}simple/honest%0d%0aX-Injected:%201/`, status: 400 },
    { what: 'a backslash', path: `${mount}simple\\honest/`, status: 400 },
    { what: 'broken percent-encoding', path: `${mount}simple/%zz/`, status: 400 },
    { what: 'broken UTF-8', path: `${mount}simple/%ff%fe/`, status: 400 },
    { what: 'an empty segment', path: `${mount}simple//honest/`, status: 400 },
    { what: 'a path of 10,000 characters', path: `${mount}simple/${'a'.repeat(10_000)}/`, status: 400 },
    { what: 'uploading', method: 'POST', path: `${mount}legacy`, status: 405 },
    { what: 'XML-RPC', method: 'POST', path: mount, status: 405 },
    { what: 'deleting', method: 'DELETE', path: file, status: 405 },
    { what: 'posting to a file', method: 'POST', path: file, status: 405 },
  ]
}
