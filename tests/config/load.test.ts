// Loading: where the file comes from, what lies over it, and that every mistake is named before anything starts.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { configFrom, loadConfig } from '../../src/config/load.ts'
import { makePlace } from './place.ts'

const NPM = { name: 'npm', type: 'npm', upstreams: ['https://upstream.test/npm/'] }

function fromDocument(document: unknown, directory = tmpdir()) {
  return configFrom(document, { origin: 'test', directory })
}

async function problemsOf(document: unknown): Promise<string> {
  const refused = await fromDocument(document).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'CONFIG_INVALID' })
  return refused instanceof Error ? refused.message : ''
}

describe('where the file comes from', () => {
  const files = {
    './sallyport.yaml': stringify({ listen: { port: 1001 }, repositories: [NPM] }),
    './other.yaml': stringify({ listen: { port: 1002 }, repositories: [NPM] }),
    './third.yaml': stringify({ listen: { port: 1003 }, repositories: [NPM] }),
  }

  it('--config before SALLYPORT_CONFIG before ./sallyport.yaml', async () => {
    const named = makePlace({ files, environment: { SALLYPORT_CONFIG: 'other.yaml' } })
    expect((await loadConfig('third.yaml', named)).listen.port).toBe(1003)
    expect((await loadConfig(undefined, named)).listen.port).toBe(1002)
    expect((await loadConfig(undefined, makePlace({ files }))).listen.port).toBe(1001)
  })

  it('a named file that is not there is refused', async () => {
    await expect(loadConfig('missing.yaml', makePlace())).rejects.toThrow(/missing\.yaml.*refused/s)
  })

  it('no file: loopback, ./data, SQLite, files, balanced, and what the machine uses', async () => {
    const place = makePlace({ files: { '~/.npmrc': 'registry=https://upstream.test/npm/\n' } })
    const config = await loadConfig(undefined, place)
    expect(config).toMatchObject({
      origin: 'built-in defaults',
      listen: { host: '127.0.0.1', port: 8080 },
      publicUrl: 'http://localhost:8080',
      dataDirectory: join(place.cwd, 'data'),
      policy: 'balanced',
      repositories: [{ name: 'npm', mount: '/npm/', upstreams: [{ url: 'https://upstream.test/npm' }] }],
    })
    expect(config.ledger.reveal()).toBe(`sqlite:${place.cwd}/data/ledger.sqlite`)
    expect(config.blobs.reveal()).toBe(`file:${place.cwd}/data/blobs`)
    expect(Object.isFrozen(config) && Object.isFrozen(config.repositories[0]?.upstreams[0])).toBe(true)
  })

  it('no file and a machine that knows no upstream is refused, with what to write', async () => {
    await expect(loadConfig(undefined, makePlace())).rejects.toThrow(/no client on this machine says/)
  })
})

describe('the environment', () => {
  const files = { './sallyport.yaml': stringify({ policy: 'monitor', repositories: [NPM] }) }

  it('lies over the file', async () => {
    const environment = {
      SALLYPORT_PORT: '9090',
      SALLYPORT_HOST: '0.0.0.0',
      SALLYPORT_POLICY: 'strict',
      SALLYPORT_DATA: 'elsewhere',
      SALLYPORT_TRUSTED_PROXIES: '10.0.0.1, 192.168.0.0/16',
      SALLYPORT_LOG_LEVEL: 'debug',
    }
    const place = makePlace({ files, environment })
    expect(await loadConfig(undefined, place)).toMatchObject({
      listen: { host: '0.0.0.0', port: 9090 },
      policy: 'strict',
      dataDirectory: join(place.cwd, 'elsewhere'),
      trustedProxies: ['10.0.0.1', '192.168.0.0/16'],
      log: { level: 'debug', format: 'json' },
    })
  })

  it.each([
    [
      { SALLYPORT_PROT: '9090' },
      /SALLYPORT_PROT: unknown environment variable; allowed are SALLYPORT_CONFIG/,
    ],
    [{ SALLYPORT_PORT: 'http' }, /listen\.port: "http" must be integer/],
  ])('a mistake in it is named: %j', async (environment, message) => {
    await expect(loadConfig(undefined, makePlace({ files, environment }))).rejects.toThrow(message)
  })

  it('fills ${NAME} in values, and $${NAME} stays', async () => {
    const upstreams = [{ url: 'https://upstream.test/npm', token: '${NPM_TOKEN}' }]
    const document = { repositories: [{ ...NPM, upstreams }], signing: { identity: '$${X} ${NPM_TOKEN}' } }
    const place = makePlace({
      files: { './sallyport.yaml': stringify(document) },
      environment: { NPM_TOKEN: 'hunter2' },
    })
    const config = await loadConfig(undefined, place)
    expect(config.repositories[0]?.upstreams[0]?.authorization?.reveal()).toBe('Bearer hunter2')
    expect(config.signing.identity).toBe('${X} hunter2')
  })

  it('a ${NAME} that is not set is named', async () => {
    const document = { repositories: [{ ...NPM, upstreams: ['https://${MIRROR}/npm'] }] }
    const place = makePlace({ files: { './sallyport.yaml': stringify(document) } })
    await expect(loadConfig(undefined, place)).rejects.toThrow(
      /repositories\[0\]\.upstreams\[0\]: the environment variable MIRROR is not set/,
    )
  })
})

describe('mistakes are named with key, value and what is allowed', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['an unknown key', { lisen: {} }, /lisen: unknown key; allowed here: listen, publicUrl/],
    [
      'an unknown inner key',
      { listen: { prot: 1 } },
      /listen\.prot: unknown key; allowed here: host, port, tls/,
    ],
    ['a number out of range', { listen: { port: 70000 } }, /listen\.port: 70000 must be <= 65535/],
    [
      'a size that is none',
      { limits: { artifact: 'much' } },
      /limits\.artifact: "much" is not allowed; allowed: Largest artifact/,
    ],
    ['a time without unit', { limits: { bodyTimeout: '30' } }, /limits\.bodyTimeout: "30"/],
    [
      'an unknown kind',
      { repositories: [{ ...NPM, type: 'gem' }] },
      /type: "gem" is not one of "npm", "pypi"/,
    ],
    [
      'an unknown policy',
      { policy: 'loose', repositories: [NPM] },
      /policy "loose" is unknown: allowed are monitor/,
    ],
    [
      'an unknown policy of a repository',
      { repositories: [{ ...NPM, policy: 'lax' }] },
      /policy "lax" is unknown/,
    ],
    ['a policy file that is missing', { policy: './p.yaml', repositories: [NPM] }, /p\.yaml is refused/],
    [
      'two repositories of one name',
      { repositories: [NPM, { ...NPM, mount: '/b/' }] },
      /the name "npm" is used twice/,
    ],
    [
      'two repositories at one mount',
      { repositories: [NPM, { ...NPM, name: 'b', mount: '/npm/' }] },
      /the mount "\/npm\/" is used twice/,
    ],
    ['a mount without slashes', { repositories: [{ ...NPM, mount: 'npm' }] }, /mount: "npm"/],
    ['no upstream', { repositories: [{ name: 'npm', type: 'npm' }] }, /npm\.upstreams: missing/],
    [
      'an upstream of another scheme',
      { repositories: [{ ...NPM, upstreams: ['ftp://upstream.test/'] }] },
      /upstreams\[0\]: "ftp:/,
    ],
    [
      'an upstream that is no URL',
      { repositories: [{ ...NPM, upstreams: ['http://[::1'] }] },
      /upstreams\[0\]: is not a URL/,
    ],
    [
      'two ways to log in',
      { repositories: [{ ...NPM, upstreams: [{ url: 'http://upstream.test', token: 'a', username: 'b' }] }] },
      /gives token and username; allowed is one/,
    ],
    [
      'an option of another kind',
      { repositories: [{ ...NPM, options: { suites: ['stable'] } }] },
      /options\.suites: has no meaning for npm/,
    ],
    [
      'a missing option',
      { repositories: [{ name: 'd', type: 'deb', upstreams: ['http://upstream.test'] }] },
      /d\.options\.suites: missing/,
    ],
    [
      'a feed that is not there',
      { malwareFeeds: ['nowhere.json'], repositories: [NPM] },
      /malwareFeeds\[0\]: .*nowhere\.json cannot be read \(ENOENT\)/,
    ],
    [
      'a data directory below a file',
      { dataDirectory: '/etc/hostname/data', repositories: [NPM] },
      /dataDirectory: \/etc\/hostname is not a folder/,
    ],
    [
      'a certificate that is not there',
      { listen: { tls: { certificate: 'a.pem', key: 'b.pem' } }, repositories: [NPM] },
      /listen\.tls\.certificate: .*a\.pem cannot be read/,
    ],
    [
      'a schedule that is none',
      { drift: { schedule: 'every night' }, repositories: [NPM] },
      /drift\.schedule: "every night".*allowed: off, or a cron expression of five fields/,
    ],
    [
      'a schedule that never comes',
      { drift: { schedule: '0 3 31 2 *' }, repositories: [NPM] },
      /drift\.schedule: "0 3 31 2 \*" never comes/,
    ],
    ['a document that is no mapping', ['a'], /not a mapping/],
  ])('%s', async (_what, document, message) => {
    expect(await problemsOf(document)).toMatch(message)
  })

  it('all at once', async () => {
    const message = await problemsOf({ policy: 'loose', malwareFeeds: ['/no'], repositories: [NPM, NPM] })
    expect(message.match(/^ {2}- /gm)?.length).toBeGreaterThanOrEqual(4)
  })

  it('one key given twice in the file', async () => {
    const place = makePlace({ files: { './sallyport.yaml': 'policy: strict\npolicy: monitor\n' } })
    await expect(loadConfig(undefined, place)).rejects.toThrow(/unique/)
  })
})

it('numbers are bytes and milliseconds', async () => {
  const limits = {
    artifact: '1.5GB',
    index: '64 MiB',
    requestBody: 4096,
    connectTimeout: '250ms',
    indexStaleIfError: '2d',
  }
  const config = await fromDocument({ limits, caches: { indexes: '1k' }, repositories: [NPM] })
  expect(config.limits).toMatchObject({
    read: { maxArtifactBytes: 1_500_000_000 },
    maxIndexBytes: 67_108_864,
    maxRequestBytes: 4096,
    connectMs: 250,
    indexStaleIfErrorMs: 172_800_000,
  })
  expect(config.caches.indexBytes).toBe(1024)
})
