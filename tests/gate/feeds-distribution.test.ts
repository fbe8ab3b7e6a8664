// Advisories of a distribution through the front door: by source package and release, at the artifact door and in the signed index.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AptUpstream, startAptUpstream } from '../support/apt-upstream.ts'
import { type InProcess, openInProcess } from './in-process.ts'

const POLICY = `name: own
extends: balanced
indexMode: lazy
rules:
  - { id: no-holes, when: { vulnerability: high, fixAvailable: true }, outcome: block }
`

let folder: string
let upstream: AptUpstream
let gateway: InProcess
const paths: Record<string, string> = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-distribution-'))
  writeFileSync(join(folder, 'own.yaml'), POLICY)
  putRecords([recordOf('DSA-1-1', 'Debian:12', '2.0-1'), recordOf('DSA-2-1', 'Debian:11', '9.0-1')])
  upstream = await startAptUpstream({ suite: 'bookworm' })
  for (const version of ['1.0-1', '2.0-1', '3.0-1']) {
    const { path } = await upstream.publish({ name: 'libdemo1', version, source: 'demo' })
    paths[version] = path
  }
  await upstream.release({ date: new Date('2025-01-01T00:00:00Z') })
  gateway = await openInProcess({
    repositories: [
      {
        name: 'debian',
        type: 'deb',
        upstreams: [upstream.url],
        options: { suites: ['bookworm'], keyrings: [upstream.keyring] },
      },
    ],
    config: {
      policy: join(folder, 'own.yaml'),
      advisories: { feeds: [{ name: 'folder', source: join(folder, 'records.jsonl'), refresh: '1s' }] },
    },
  })
  await gateway.gateway.feeds.updateNow()
}, 120_000)

afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
  rmSync(folder, { recursive: true, force: true })
})

function recordOf(id: string, ecosystem: string, fixed: string): unknown {
  return {
    id,
    modified: '2026-01-01T00:00:00Z',
    summary: 'demo - security update',
    database_specific: { severity: 'high' },
    affected: [
      {
        package: { ecosystem, name: 'demo' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  }
}

let second = 0
function putRecords(records: readonly unknown[]): void {
  const file = join(folder, 'records.jsonl')
  writeFileSync(file, records.map((one) => JSON.stringify(one)).join('\n'))
  second += 1
  utimesSync(file, Date.now() / 1000 - 100 + second, Date.now() / 1000 - 100 + second)
}

async function listed(): Promise<string[]> {
  const answer = await gateway.get('/debian/dists/bookworm/main/binary-amd64/Packages.gz')
  const text = gunzipSync(Buffer.from(await answer.arrayBuffer())).toString('utf8')
  return [...text.matchAll(/^Version: (.*)$/gm)].map(([, version = '']) => version).sort()
}

const fetched = async (version: string) => (await gateway.get(`/debian/${paths[version]}`)).status

it('withholds and refuses by source and release, and follows a record that comes at run time and goes', async () => {
  expect(await listed()).toEqual(['2.0-1', '3.0-1'])
  expect(await fetched('1.0-1')).toBe(403)
  expect(await fetched('2.0-1')).toBe(200)
  putRecords([recordOf('DSA-1-1', 'Debian:12', '2.0-1'), recordOf('DSA-3-1', 'Debian:12', '3.0-1')])
  await gateway.gateway.feeds.updateNow()
  expect(await fetched('2.0-1')).toBe(403)
  await until(async () => (await listed()).join() === '3.0-1')
  putRecords([recordOf('DSA-2-1', 'Debian:11', '9.0-1')])
  await gateway.gateway.feeds.updateNow()
  expect(await fetched('1.0-1')).toBe(200)
  await until(async () => (await listed()).length === 3)
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error('it never came')
}
