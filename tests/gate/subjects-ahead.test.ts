// Whoever reads a wheel's metadata is about to ask for the wheel: it is examined meanwhile, and nothing leaves that was not asked for.
import { afterEach, expect, it } from 'vitest'
import { sha256 } from '../support/pypi-packages.ts'
import { type PypiUpstream, startPypiUpstream } from '../support/pypi-upstream.ts'
import { type InProcess, openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

it('examines a wheel when its metadata is read, and fetches it once', async () => {
  const { upstream, gateway, paths, digests } = await start(['1.0'])
  const [wheel = ''] = paths
  expect((await gateway.get(`${wheel}.metadata`)).status).toBe(200)
  await expect.poll(() => verdictOf(gateway, wheel)).toBe('approved')
  const answer = await gateway.get(wheel)
  expect(answer.status).toBe(200)
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(digests[0])
  expect(fetched(upstream)).toEqual(['tool-1.0-py3-none-any.whl'])
})

it('refuses a wheel that was examined ahead and is not what the index promises', async () => {
  const { upstream, gateway, paths } = await start(['1.0'])
  upstream.swapFile('tool-1.0-py3-none-any.whl', Buffer.from('other bytes'))
  await gateway.get(`${paths[0]}.metadata`)
  await expect.poll(() => fetched(upstream).length).toBeGreaterThan(0)
  const answer = await gateway.get(paths[0] ?? '')
  expect(answer.status).not.toBe(200)
  expect(Buffer.from(await answer.arrayBuffer()).includes('other bytes')).toBe(false)
})

it('fetches only two wheels of a project whose resolver goes back and back', async () => {
  const { upstream, gateway, paths } = await start(['1.0', '2.0', '3.0', '4.0'])
  for (const path of paths) expect((await gateway.get(`${path}.metadata`)).status).toBe(200)
  const decided = async () => {
    const verdicts = await Promise.all(paths.map((path) => verdictOf(gateway, path)))
    return verdicts.filter((verdict) => verdict !== undefined).length
  }
  await expect.poll(decided).toBe(2)
  await gateway.get('/pypi/simple/other/') // whatever was asked before has arrived by now
  expect(await decided()).toBe(2)
  expect(fetched(upstream).length).toBe(2)
})

it.each([
  ['ahead is switched off', { limits: { ahead: 0 } }],
  ['the wheel is larger than allowed', { limits: { ahead: '100B' } }],
])('fetches nothing when %s', async (_, config) => {
  const { upstream, gateway, paths } = await start(['1.0'], config)
  expect((await gateway.get(`${paths[0]}.metadata`)).status).toBe(200)
  expect((await gateway.get('/pypi/simple/other/')).status).toBe(404)
  expect(fetched(upstream)).toEqual([])
})

async function start(versions: readonly string[], config: Record<string, unknown> = {}) {
  const upstream = await startPypiUpstream()
  opened.push(upstream)
  for (const version of versions) await upstream.publish({ name: 'tool', version, as: ['py3-none-any'] })
  const gateway = await openInProcess({
    repositories: [{ name: 'pypi', type: 'pypi', upstreams: [upstream.url] }],
    config,
  })
  opened.push(gateway)
  const page = await gateway.get('/pypi/simple/tool/', { accept: 'application/vnd.pypi.simple.v1+json' })
  const { files } = (await page.json()) as { files: { url: string; hashes: { sha256: string } }[] }
  return {
    upstream,
    gateway,
    digests: files.map(({ hashes }) => hashes.sha256),
    paths: files.map(({ url }) => new URL(url, 'http://gateway.test/pypi/simple/tool/').pathname),
  }
}

async function verdictOf({ gateway }: InProcess, path: string): Promise<string | undefined> {
  const state = await gateway.parts.ledger.claim('pypi', path.replace(/^\/pypi\//, ''))
  return state?.verdict?.outcome
}

/** Names of wheels that the file host was asked for, in order. */
function fetched({ files }: PypiUpstream): string[] {
  return files.seen.flatMap(({ path }) => (path.endsWith('.whl') ? [path.split('/').at(-1) ?? ''] : []))
}
