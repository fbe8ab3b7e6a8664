// Real records in a bucket on loopback: `npm audit` names ten real packages and none of their fixed versions; pip is kept from the ten.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeClient } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { createNpmProject } from '../support/npm-project.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { type BucketRecord, type OsvBucket, startOsvBucket } from '../support/osv-bucket.ts'
import { createPypiProject } from '../support/pypi-project.ts'
import { type PypiUpstream, startPypiUpstream } from '../support/pypi-upstream.ts'
import { NPM, PYPI } from '../support/real-packages.ts'

const SLOW = { timeout: 300_000 }
const FIXTURES = join(import.meta.dirname, '../../fixtures/advisories')
const POLICY = `name: own
extends: balanced
rules:
  - { id: no-holes, when: { vulnerability: any }, outcome: block }
`

let folder: string
let npm: NpmUpstream
let pypi: PypiUpstream
let bucket: OsvBucket
let gateway: GatewayProcess

function recordsOf(name: string): BucketRecord[] {
  const lines = readFileSync(join(FIXTURES, `${name}.jsonl`), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as BucketRecord)
}

/** A wheel, and its release in the registry's older JSON, which says nothing of vulnerabilities itself. */
async function publishWheel(name: string, version: string): Promise<void> {
  const [file] = await pypi.publish({ name, version, as: ['py3-none-any'] })
  const { filename = '', sha256 = '' } = file ?? {}
  const urls = [{ filename, digests: { sha256 }, url: `${pypi.files.url}/${filename}` }]
  const body = Buffer.from(JSON.stringify({ info: { name, version }, urls, vulnerabilities: [] }))
  pypi.put(`/pypi/${name}/${version}/json`, { body, contentType: 'application/json' })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-real-'))
  writeFileSync(join(folder, 'own.yaml'), POLICY)
  bucket = await startOsvBucket()
  bucket.put('npm', ...recordsOf('npm'))
  bucket.put('PyPI', ...recordsOf('pypi'))
  npm = await startNpmUpstream()
  for (const [name, ...both] of NPM)
    for (const version of both.slice(0, 2)) await npm.publish({ name, version: String(version) })
  pypi = await startPypiUpstream()
  for (const [name, affected, fixed] of PYPI)
    for (const version of [affected, fixed]) await publishWheel(name, version)
  gateway = await startGateway({
    config: {
      repositories: [
        { name: 'npm', type: 'npm', upstreams: [npm.url] },
        { name: 'pypi', type: 'pypi', upstreams: [pypi.url], policy: join(folder, 'own.yaml') },
        { name: 'audited', type: 'pypi', upstreams: [pypi.url] },
      ],
      advisories: { feeds: [{ name: 'osv', source: bucket.url, ecosystems: ['npm', 'PyPI'] }] },
    },
  })
  const records = async () => {
    const ready = (await (await fetch(`${gateway.url}/-/ready`)).json()) as { feeds: { records: number }[] }
    return ready.feeds.map((feed) => feed.records)
  }
  await vi.waitFor(async () => expect(await records()).toEqual([10, 10]), { timeout: 60_000, interval: 200 })
}, 240_000)

afterAll(async () => {
  await gateway?.stop()
  for (const one of [npm, pypi, bucket]) await one?.close()
  rmSync(folder, { recursive: true, force: true })
})

describeClient('npm', (client) => {
  it.each([
    ['names all ten with what fixes them', 1],
    ['names none of the fixed versions', 2],
  ] as const)('audit %s', SLOW, async (_, side) => {
    const app = await createNpmProject(client, gateway.npm)
    const dependencies = Object.fromEntries(NPM.map((row) => [row[0], row[side]]))
    writeFileSync(
      join(app.folder, 'package.json'),
      JSON.stringify({ name: 'project', version: '1.0.0', private: true, dependencies }),
    )
    const locked = await app.run('install', '--package-lock-only', '--no-audit')
    expect(locked.code, locked.output).toBe(0)
    const { code, output } = await app.run('audit', '--json')
    await app.remove()
    const { vulnerabilities } = JSON.parse(output.slice(output.indexOf('{'))) as {
      vulnerabilities: Record<string, { range: string }>
    }
    const named = side === 1 ? NPM.map(([name]) => name).sort() : []
    expect(Object.keys(vulnerabilities).sort()).toEqual(named)
    expect(code === 0).toBe(side === 2)
  })
})

describeClient('pip', (client) => {
  it(
    'is refused each of the ten with the reason, and gets the fixed ones when it may choose',
    SLOW,
    async () => {
      const app = await createPypiProject(client, `${gateway.url}/pypi/simple/`)
      for (const [name, affected] of PYPI) {
        const refused = await app.add(`${name}==${affected}`)
        expect([name, refused.code === 0, await app.installed(name)]).toEqual([name, false, undefined])
        expect(refused.output).toMatch(/Blocked by Sallyport: .*(PYSEC|CVE|GHSA)-/)
      }
      const chosen = await app.add(...PYPI.map(([name]) => name))
      expect(chosen.code, chosen.output).toBe(0)
      const installed = await Promise.all(PYPI.map(async ([name]) => [name, await app.installed(name)]))
      expect(installed).toEqual(PYPI.map(([name, , fixed]) => [name, fixed]))
      await app.remove()
    },
  )
})

it("tools that read PyPI's JSON find the same advisories there", SLOW, async () => {
  for (const [name, affected, fixed] of PYPI) {
    const found = async (version: string) => {
      const answer = await fetch(`${gateway.url}/audited/pypi/${name}/${version}/json`)
      if (answer.status !== 200) return answer.status
      return ((await answer.json()) as { vulnerabilities: { id: string }[] }).vulnerabilities.length
    }
    expect([name, await found(affected), await found(fixed)]).toEqual([name, 1, 0])
  }
})
