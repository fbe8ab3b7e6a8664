// Evidence holds for one claim: what was found while other promises were held against the same bytes says nothing about these.
import { afterEach, expect, it } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { type InProcess, inProcessPool, openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function upstream(): Promise<NpmUpstream> {
  const made = await startNpmUpstream()
  opened.push(made)
  return made
}

const PATH = 'pkg/-/pkg-1.0.0.tgz'
const HOOK = { scripts: { postinstall: 'node index.js' } }

/** The same tarball with an install script, which the packument of `honest` shows and that of `lying` hides. */
async function twoRepositories() {
  const [honest, lying] = [await upstream(), await upstream()]
  const tarball = await honest.publish({ name: 'pkg', version: '1.0.0', manifest: HOOK })
  await lying.publish({ name: 'pkg', version: '1.0.0', tarball })
  return [
    { name: 'honest', type: 'npm', upstreams: [honest.url] },
    { name: 'lying', type: 'npm', upstreams: [lying.url] },
  ]
}

const statusOf = async (gateway: InProcess, path: string) => (await gateway.get(path)).status

it('keeps refusing what its index lies about after an honest index led to the same bytes, and the other way round', async () => {
  const repositories = await twoRepositories()
  for (const order of [
    ['lying', 'honest'],
    ['honest', 'lying'],
  ]) {
    const first = await openInProcess({ repositories })
    for (const name of order) await statusOf(first, `/${name}/${PATH}`)
    const again = await first.restart()
    opened.push(again)
    expect(await statusOf(again, `/lying/${PATH}`), order.join()).toBe(403)
    expect(await statusOf(again, `/honest/${PATH}`), order.join()).toBe(200)
  }
})

it('does not take the evidence of another claim when the first examination found the queue full', async () => {
  const repositories = await twoRepositories()
  let full = false
  const pool = inProcessPool(() => {
    if (full) throw new GatewayError('BUSY', 'the queue is full', {})
  })
  const gateway = await openInProcess({ repositories, given: { pool } })
  opened.push(gateway)
  expect(await statusOf(gateway, `/honest/${PATH}`)).toBe(200)
  full = true
  expect(await statusOf(gateway, `/lying/${PATH}`)).toBe(503)
  full = false
  expect(await statusOf(gateway, `/lying/${PATH}`)).toBe(403)
})
