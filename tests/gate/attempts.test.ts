// An artifact that fails again and again is left alone for a while: neither its bytes nor its examiner are spent on every request.
import { afterEach, expect, it } from 'vitest'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

it('does not fetch bytes that broke their promise three times on every further request', async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  const path = '/pkg/-/pkg-1.0.0.tgz'
  // Other bytes than the packument promises, as a mirror with a broken disk serves them.
  upstream.spoil(/tgz$/, (response) => response.writeHead(200).end('other bytes'))
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
  })
  opened.push(gateway)
  for (let asked = 0; asked < 3; asked += 1) {
    const answer = await gateway.get(`/npm${path}`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await answer.text()).not.toContain('other bytes')
  }
  const before = upstream.requestsOf(path).length
  const answer = await gateway.get(`/npm${path}`)
  expect(answer.status).toBe(503)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(upstream.requestsOf(path)).toHaveLength(before)
})
