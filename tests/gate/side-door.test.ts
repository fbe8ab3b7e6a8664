// Questions beside index and artifact: one client's questions must not cost another its packages.
import { afterEach, expect, it } from 'vitest'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

it('does not take an upstream for broken because it breaks at what a client has posted', async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  upstream.spoil(/advisories\/bulk/, (response) => response.writeHead(500).end())
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
  })
  opened.push(gateway)
  const audit = 'http://gateway.test/npm/-/npm/v1/security/advisories/bulk'
  for (let asked = 0; asked < 20; asked += 1) {
    const answer = await gateway.gateway.app.request(audit, { method: 'POST', body: 'garbage' })
    expect(answer.status).toBeGreaterThanOrEqual(500)
  }
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
})

it('nor because it breaks at what a client has searched for', async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  upstream.spoil(/v1\/search/, (response) => response.writeHead(500).end())
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
    config: { limits: { upstreamRetries: 0 } },
  })
  opened.push(gateway)
  for (let asked = 0; asked < 20; asked += 1)
    expect((await gateway.get('/npm/-/v1/search?text=x')).status).toBeGreaterThanOrEqual(500)
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
})
