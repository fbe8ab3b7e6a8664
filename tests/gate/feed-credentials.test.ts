// A private mirror of advisories: credentials from the environment reach it and nothing else, and nobody prints them.
import { afterEach, expect, it } from 'vitest'
import { configFrom } from '../../src/config/load.ts'
import { makeDesk } from '../commands/io.ts'
import { startGateway } from '../support/gateway.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { npmRecord, startOsvBucket } from '../support/osv-bucket.ts'

const SECRET = 'hunter2-of-the-mirror'
const opened: { close?(): Promise<unknown>; stop?(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await (one.stop ?? one.close)?.()
})

async function startPrivateBucket(wanted: string) {
  const bucket = await startOsvBucket()
  opened.push(bucket)
  bucket.put('npm', npmRecord('GHSA-1', 'left', [{ introduced: '0' }, { fixed: '2.0.0' }]))
  bucket.spoil(/./, (response, answer, request) => {
    if (request.headers.authorization !== wanted) response.writeHead(401).end('who are you?')
    else if (answer === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': answer.contentType }).end(answer.body)
  })
  return bucket
}

const basic = `Basic ${btoa(`mirror:${SECRET}`)}`

it.each([
  ['a bearer token', { token: '${MIRROR_SECRET}' }, `Bearer ${SECRET}`],
  ['user and password', { username: 'mirror', password: '${MIRROR_SECRET}' }, basic],
  ['a URL with both', undefined, basic],
])(
  'is read with %s, which is in no log, answer or record',
  { timeout: 120_000 },
  async (_, beside, wanted) => {
    const bucket = await startPrivateBucket(wanted)
    const upstream = await startNpmUpstream()
    opened.push(upstream)
    await upstream.publish({ name: 'left', version: '1.0.0' })
    const source = beside ? bucket.url : bucket.url.replace('//', '//mirror:${MIRROR_SECRET}@')
    const gateway = await startGateway({
      npm: upstream.url,
      environment: { MIRROR_SECRET: SECRET },
      config: {
        log: { level: 'debug' },
        advisories: { feeds: [{ name: 'osv', source, ecosystems: ['npm'], ...beside }] },
      },
    })
    opened.push(gateway)
    const ready = async () => (await fetch(`${gateway.url}/-/ready`)).text()
    await expect.poll(ready, { timeout: 30_000 }).toContain('"records":1')
    expect((await fetch(`${gateway.npm}left/-/left-1.0.0.tgz`)).status).toBe(200)
    expect(upstream.seen.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([])

    // The mirror turns the credential down: that is told, the credential is not.
    bucket.spoil(/./, (response) => response.writeHead(401).end())
    const desk = makeDesk({ MIRROR_SECRET: SECRET })
    const failed = await desk.run('feeds', 'update', '--whole', '--config', gateway.configFile)
    expect([failed.code, failed.out]).toEqual([1, expect.stringContaining('401')])
    const listed = await desk.run('feeds', '--json', '--config', gateway.configFile)
    const audit = await desk.run('audit', 'export', '--config', gateway.configFile)
    expect(audit.out).toContain('feed-failed')
    const said = [gateway.log(), failed, listed, audit, await ready()]
      .map((one) => JSON.stringify(one))
      .join()
    for (const secret of [SECRET, basic.slice('Basic '.length)]) expect(said).not.toContain(secret)
  },
)

it.each([
  [{ token: 'a', username: 'b' }, 'gives token and username; allowed is one of them'],
  [{ password: 'hunter2' }, 'password: has no meaning without username'],
  [{ token: 'hunter2', source: './folder' }, 'token: has no meaning for a file or folder'],
  [{ tokens: 'hunter2' }, 'unknown key'],
  [
    { source: 'https://a:hunter2%@osv.upstream.test/' },
    'source: its user or password is not percent-encoded',
  ],
])('is refused with credentials such as %o', async (fields, why) => {
  const feed = { name: 'osv', source: 'https://osv.upstream.test/', ecosystems: ['npm'], ...fields }
  const document = { repositories: [], advisories: { feeds: [feed] } }
  const refused = await configFrom(document, { origin: 'test', directory: '/tmp' }).catch(String)
  expect(refused).toContain(why)
  expect(refused).not.toContain('hunter2')
})
