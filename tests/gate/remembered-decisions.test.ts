// What the artifact door remembers ends with what it was decided on: the index's promise, and the verdicts on siblings.
import { afterEach, expect, it } from 'vitest'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { startPypiUpstream } from '../support/pypi-upstream.ts'
import { inProcessPool, openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const HOUR_MS = 3_600_000
const PATH = '/npm/pkg/-/pkg-1.0.0.tgz'

async function npmGateway(settings: Record<string, unknown> = {}) {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  const { bytes } = await upstream.publish({ name: 'pkg', version: '1.0.0' })
  await upstream.publish({ name: 'pkg', version: '1.1.0' })
  let ahead = 0
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url], ...settings }],
    given: { now: () => new Date(Date.now() + ahead) },
  })
  opened.push(gateway)
  return { upstream, gateway, bytes, later: () => (ahead += HOUR_MS) }
}

it('does not go on serving a version that its index has taken back', async () => {
  const { upstream, gateway, later } = await npmGateway()
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  expect((await gateway.get(PATH)).status).toBe(200)
  const packument = upstream.packument('pkg') as { versions: Record<string, unknown> }
  delete packument.versions['1.0.0']
  later()
  expect(await (await gateway.get('/npm/pkg')).text()).not.toContain('pkg-1.0.0.tgz')
  expect((await gateway.get(PATH)).status).toBe(404)
})

it('does not serve the former bytes once the index promises others, and tells that they changed', async () => {
  const { upstream, gateway, later } = await npmGateway()
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  expect((await gateway.get(PATH)).status).toBe(200)
  await upstream.publish({ name: 'pkg', version: '1.0.0', files: { 'index.js': 'module.exports = 43\n' } })
  later()
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  const answer = await gateway.get(PATH)
  expect(answer.status).toBe(403)
  expect(await answer.text()).toContain('changed upstream')
})

it('holds the same bytes against the manifest that the index shows now', async () => {
  const { upstream, gateway, later } = await npmGateway()
  const HOOK = { scripts: { postinstall: 'node index.js' } }
  const tarball = await upstream.publish({ name: 'pkg', version: '1.0.0', manifest: HOOK })
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  expect((await gateway.get(PATH)).status).toBe(200)
  await upstream.publish({ name: 'pkg', version: '1.0.0', tarball })
  later()
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  expect((await gateway.get(PATH)).status).toBe(403)
})

it('shows in a strict index what was approved a moment ago', async () => {
  const { gateway } = await npmGateway({ indexMode: 'strict' })
  expect((await gateway.get('/npm/pkg')).status).toBe(403)
  expect((await gateway.get(PATH)).status).toBe(200)
  const { versions } = (await (await gateway.get('/npm/pkg')).json()) as { versions: object }
  expect(Object.keys(versions)).toContain('1.0.0')
})

it('shows in a strict index again what was approved anew because its manifest changed', async () => {
  const { upstream, gateway, later } = await npmGateway({ indexMode: 'strict' })
  expect((await gateway.get(PATH)).status).toBe(200)
  expect((await gateway.get('/npm/pkg')).status).toBe(200)
  const { versions } = upstream.packument('pkg') as { versions: Record<string, { maintainers?: unknown }> }
  if (versions['1.0.0'] !== undefined) versions['1.0.0'].maintainers = [{ name: 'another' }]
  later()
  // 1.1.0 may be there by now: what a strict index cannot show is examined behind its answers.
  expect(await (await gateway.get('/npm/pkg')).text()).not.toContain('pkg-1.0.0.tgz')
  expect((await gateway.get(PATH)).status).toBe(200)
  expect(await (await gateway.get('/npm/pkg')).text()).toContain('pkg-1.0.0.tgz')
})

it('refuses an sdist whose wheel was refused while the sdist was examined', async () => {
  const upstream = await startPypiUpstream()
  opened.push(upstream)
  const files = await upstream.publish({ name: 'pkg', version: '1.0' })
  const wheel = files.find(({ filename }) => filename.endsWith('.whl'))?.filename ?? ''
  const sdist = files.find(({ filename }) => filename.endsWith('.tar.gz'))?.filename ?? ''
  const wheelIsDone = Promise.withResolvers<void>()
  const sdistIsHere = Promise.withResolvers<void>()
  const pool = inProcessPool(async ({ fileName }) => {
    if (fileName !== sdist) return
    sdistIsHere.resolve()
    await wheelIsDone.promise
  })
  // The examiner finds the wheel harmful.
  const examine = pool.examine
  const harsh = async (...asked: Parameters<typeof examine>) => {
    const evidence = await examine(...asked)
    if (asked[0].fileName !== wheel) return evidence
    const finding = { rule: 'x', layer: 'malware', severity: 'critical', title: 'harmful' } as const
    return { ...evidence, findings: [finding] }
  }
  const gateway = await openInProcess({
    repositories: [{ name: 'pypi', type: 'pypi', upstreams: [upstream.url] }],
    given: { pool: { ...pool, examine: harsh } },
  })
  opened.push(gateway)
  const asked = gateway.get(`/pypi/files/pkg/${sdist}`)
  await sdistIsHere.promise
  expect((await gateway.get(`/pypi/files/pkg/${wheel}`)).status).toBe(403)
  wheelIsDone.resolve()
  expect((await asked).status).toBe(403)
  expect((await gateway.get(`/pypi/files/pkg/${sdist}`)).status).toBe(403)
})
