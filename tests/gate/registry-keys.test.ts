// Registries that publish no signing keys say so in many ways; none of them may cost anybody a package, nor pass for a check that was made.
import { generateKeyPairSync, sign } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import type { Fault } from '../support/loopback-upstream.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const PATH = '/npm/pkg/-/pkg-1.0.0.tgz'

async function gatewayWithKeys(keys: Fault, dist: Record<string, unknown> = {}) {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pkg', version: '1.0.0', dist })
  upstream.spoil(/^\/-\/npm\/v1\/keys$/, keys)
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
    config: { limits: { upstreamRetries: 0 } },
  })
  opened.push(gateway)
  return gateway
}

const answering =
  (status: number, body: string): Fault =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end(body)

it.each([
  ['403 to a question it does not know', answering(403, 'no')],
  ['405', answering(405, 'no')],
  ['501', answering(501, 'no')],
  ['a page for people', answering(200, '<!doctype html><title>Registry</title>')],
  ['JSON that is no list of keys', answering(200, '{"keys":[null,{"keyid":"a","key":"garbage"}]}')],
])(
  'serves what a registry gives that answers %s, and tells that no signature was checked',
  async (_, keys) => {
    const gateway = await gatewayWithKeys(keys, { signatures: [{ keyid: 'a', sig: 'AAAA' }] })
    expect((await gateway.get(PATH)).status).toBe(200)
    const explained = await (await gateway.get(`/-/explain${PATH}`)).text()
    expect(explained).toMatch(/npm-registry-(?:keys-missing|signature-unknown-key)/)
  },
)

it('serves nothing while a registry that should know fails', async () => {
  const gateway = await gatewayWithKeys(answering(500, 'down'))
  expect((await gateway.get(PATH)).status).toBeGreaterThanOrEqual(500)
})

it('blocks what is signed by a published key and wrong', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const keys = JSON.stringify({ keys: [{ keyid: 'a', key, expires: null }] })
  const sig = sign('sha256', Buffer.from('pkg@1.0.0:sha512-other'), privateKey).toString('base64')
  const gateway = await gatewayWithKeys(answering(200, keys), { signatures: [{ keyid: 'a', sig }] })
  expect((await gateway.get(PATH)).status).toBe(403)
})
