// The ledger is lost or damaged: what lies in the blob store is no approval, and nothing is served on a guess.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { inProcessPool, openInProcess } from './in-process.ts'

const SLOW = { timeout: 120_000 }
const TARBALL = '/npm/tool/-/tool-1.0.0.tgz'
const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function served(): Promise<{ upstream: NpmUpstream; directory: string; repositories: object[] }> {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'tool', version: '1.0.0' })
  const repositories = [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }]
  const gateway = await openInProcess({ repositories })
  expect((await gateway.get(TARBALL)).status).toBe(200)
  await gateway.gateway.close()
  return { upstream, directory: gateway.directory, repositories }
}

const ledgerFiles = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.startsWith('ledger.sqlite'))
    .map((name) => join(directory, name))

it(
  'a lost one is begun anew: kept bytes are served only after another fetch and examination',
  SLOW,
  async () => {
    const { upstream, directory, repositories } = await served()
    for (const file of ledgerFiles(directory)) rmSync(file)
    await upstream.down()
    let examined = 0
    const pool = inProcessPool(() => {
      examined += 1
    })
    const limits = { upstreamRetries: 0, notFound: '1s' }
    const gateway = await openInProcess({
      repositories: repositories as Record<string, unknown>[],
      directory,
      config: { limits },
      given: { pool },
    })
    opened.push(gateway)
    expect((await gateway.get(TARBALL)).status).toBeGreaterThanOrEqual(500)
    expect(examined).toBe(0)
    await upstream.up()
    await expect.poll(async () => (await gateway.get(TARBALL)).status, { timeout: 60_000 }).toBe(200)
    expect(examined).toBe(1)
    // The audit log of the former ledger is kept beside the new one, not overwritten.
    expect(readdirSync(join(directory, 'audit')).some((name) => name.startsWith('audit-differs-'))).toBe(true)
  },
)

it('a damaged one is refused at the start, and left as it is', SLOW, async () => {
  const { directory, repositories } = await served()
  const [file = ''] = ledgerFiles(directory)
  for (const other of ledgerFiles(directory)) if (other !== file) rmSync(other)
  writeFileSync(file, 'this is no database, and never was')
  const refused = await openInProcess({
    repositories: repositories as Record<string, unknown>[],
    directory,
  }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'LEDGER_FAILED' })
  expect(readFileSync(file, 'utf8')).toBe('this is no database, and never was')
  expect(existsSync(directory)).toBe(true)
  rmSync(directory, { recursive: true, force: true })
})
