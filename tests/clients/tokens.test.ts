// Real clients with credentials: npm's .npmrc, pip's index URL, apt's auth.conf, each let in with a token and told without.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAptClient, hasApt } from '../support/apt-client.ts'
import { type AptUpstream, startAptUpstream } from '../support/apt-upstream.ts'
import { describeClient, skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { createNpmProject } from '../support/npm-project.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { createPypiProject } from '../support/pypi-project.ts'
import { type PypiUpstream, startPypiUpstream } from '../support/pypi-upstream.ts'
import { rawRequest } from '../support/raw-request.ts'

const SLOW = { timeout: 180_000 }

let npm: NpmUpstream
let pypi: PypiUpstream
let apt: AptUpstream
let gateway: GatewayProcess
/** The one that `serve` wrote to standard error. */
let admin: string

beforeAll(async () => {
  npm = await startNpmUpstream()
  await npm.publish({ name: 'plain', version: '1.0.0' })
  pypi = await startPypiUpstream()
  await pypi.publish({ name: 'plain', version: '1.0' })
  apt = await startAptUpstream()
  await apt.publish({ name: 'plain', version: '1.0' })
  await apt.release({ date: new Date(Date.now() - 600_000) })
  gateway = await startGateway({
    config: {
      access: { anonymous: 'none' },
      repositories: [
        { name: 'npm', type: 'npm', upstreams: [npm.url] },
        { name: 'pypi', type: 'pypi', upstreams: [pypi.url] },
        {
          name: 'debian',
          type: 'deb',
          upstreams: [apt.url],
          options: {
            suites: [apt.suite],
            components: ['main'],
            architectures: ['amd64'],
            keyrings: [apt.keyring],
          },
        },
      ],
    },
  })
  admin = /admin token, shown only this once: (spt_\S+)/.exec(gateway.log())?.[1] ?? ''
}, 180_000)

afterAll(async () => {
  await gateway?.stop()
  for (const upstream of [npm, pypi, apt]) await upstream?.close()
})

/** A token of its own, made through the API with the first admin's. */
async function tokenOf(label: string, repository: string): Promise<string> {
  const answer = await rawRequest(gateway.url, '/-/api/v1/tokens', {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ label, role: 'client', repositories: [repository] }),
  })
  expect(answer.status).toBe(201)
  await new Promise((resolve) => setTimeout(resolve, 800)) // the gateway follows within a second
  return JSON.parse(answer.body.toString('utf8')).token
}

async function labels(repository: string): Promise<readonly string[]> {
  await new Promise((resolve) => setTimeout(resolve, 500)) // downloads are written behind the answers
  const { body } = await rawRequest(gateway.url, `/-/api/v1/downloads?repository=${repository}`, {
    headers: { authorization: `Bearer ${admin}` },
  })
  return JSON.parse(body.toString('utf8')).map(({ tokenLabel }: { tokenLabel: string }) => tokenLabel)
}

describeClient('npm-11', (client) => {
  it('installs with the token of .npmrc, and says what is wrong with another', SLOW, async () => {
    const good = await createNpmProject(client, gateway.npm, await tokenOf('npm-client', 'npm'))
    const bad = await createNpmProject(client, gateway.npm, `spt_0123456789ab_${'A'.repeat(43)}`)
    const added = await good.add('plain@1.0.0')
    expect(added.output, added.output).not.toContain('E401')
    expect(await good.installed('plain')).toBe('1.0.0')
    expect(await labels('npm')).toContain('npm-client')
    const refused = await bad.add('plain@1.0.0')
    expect(refused.code).not.toBe(0)
    expect(refused.output).toMatch(/E401|authenticat/i)
    expect(await bad.installed('plain')).toBeUndefined()
    for (const one of [good, bad]) await one.remove()
  })
})

describeClient('pip', (client) => {
  it('installs with credentials in the index URL, and is refused without', SLOW, async () => {
    const index = (userinfo: string) => `${gateway.url.replace('//', `//${userinfo}`)}/pypi/simple/`
    const good = await createPypiProject(client, index(`ci:${await tokenOf('pip-client', 'pypi')}@`))
    const added = await good.add('plain==1.0')
    expect(await good.installed('plain'), added.output).toBe('1.0')
    expect(await labels('pypi')).toContain('pip-client')
    const none = await createPypiProject(client, index(''))
    const refused = await none.add('plain==1.0')
    expect(refused.code).not.toBe(0)
    // At a terminal pip asks for a user; without one it fails where it would ask.
    expect(refused.output).toMatch(/401|User for|_prompt_for_password/)
    expect(await none.installed('plain')).toBeUndefined()
    for (const one of [good, none]) await one.remove()
  })
})

if (!hasApt()) skip('apt-get is not there')

describe.skipIf(!hasApt())('apt', () => {
  it('updates and downloads with auth.conf, and prints 401 without', SLOW, async () => {
    const key = (await rawRequest(gateway.url, '/-/keys/sallyport.asc')).body.toString('utf8')
    const client = createAptClient()
    client.trust({ url: `${gateway.url}/debian`, suites: apt.suite, components: 'main', key })
    const refused = await client.get('update', '--error-on=any')
    expect(refused.code).not.toBe(0)
    expect(refused.output).toContain('401')

    const token = await tokenOf('apt-client', 'debian')
    mkdirSync(join(client.folder, 'etc/apt/auth.conf.d'), { recursive: true })
    const line = `machine ${gateway.url} login anybody password ${token}\n`
    writeFileSync(join(client.folder, 'etc/apt/auth.conf.d/sallyport.conf'), line, { mode: 0o600 })
    const updated = await client.get('update', '--error-on=any')
    expect([updated.code, updated.output]).toEqual([0, expect.any(String)])
    expect(await client.candidate('plain')).toBe('1.0')
    const fetched = await client.get('install', '--download-only', 'plain')
    expect(client.archives(), fetched.output).toHaveLength(1)
    expect(await labels('debian')).toContain('apt-client')
    client.remove()
  })
})

it('sends no client token upstream, and keeps none in its log but the one it shows', () => {
  const sent = JSON.stringify([npm, apt, pypi.index, pypi.files].flatMap(({ seen }) => seen))
  expect(sent).not.toMatch(/spt_|authorization/i)
  expect(gateway.log().match(/spt_[0-9a-f]{12}_[A-Za-z0-9_-]{20,}/g)).toEqual([admin])
})
