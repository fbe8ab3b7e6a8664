// Bytes that are fetched before their claim is known must not be a way to fill the disk with what no index lists.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { startLoopback } from '../support/loopback-upstream.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const UNLISTED = '/pkg/-/pkg-0.0.1.tgz'

it('does not fetch a tarball that a packument at hand does not list', async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pkg', version: '0.0.1' })
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  const { versions } = upstream.packument('pkg') as { versions: Record<string, unknown> }
  delete versions['0.0.1']
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
  })
  opened.push(gateway)
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  expect((await gateway.get(`/npm${UNLISTED}`)).status).toBe(404)
  expect((await gateway.get('/npm/other')).status).toBe(404) // whatever was asked before has arrived by now
  expect(upstream.requestsOf(UNLISTED)).toEqual([])
})

it('gives up a download as soon as no index lists its path', async () => {
  const gone = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const body = Buffer.from('{}')
  const upstream = await startLoopback(async (path) => {
    if (path === '/pkg') await begun.promise
    return path === '/pkg' ? { body, contentType: 'application/json' } : undefined
  })
  opened.push(upstream)
  upstream.spoil(/tgz$/, (response) => {
    response.on('close', gone.resolve)
    response.writeHead(200).write(Buffer.alloc(100_000))
    begun.resolve()
    // The rest never comes.
  })
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
  })
  opened.push(gateway)
  expect((await gateway.get(`/npm${UNLISTED}`)).status).toBe(404)
  await gone.promise
  await expect.poll(() => temporaryFiles(gateway.directory)).toEqual([])
})

function temporaryFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?:^|\/)tmp$/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
}
