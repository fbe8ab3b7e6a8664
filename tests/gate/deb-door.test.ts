// A .deb that is not what its stanza promises does not leave, and requests that apt pipelines are examined together and answered in order.
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type AptUpstream, type DebPublication, startAptUpstream } from '../support/apt-upstream.ts'
import { type InProcess, inProcessPool, openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

it.each<[string, DebPublication['stanza'], number]>([
  ['name', { Package: 'other' }, 403],
  ['version', { Version: '2.0' }, 403],
  ['architecture', { Architecture: 'amd64' }, 403],
  ['size', { Size: '12' }, 502],
  ['digest', { SHA256: 'a'.repeat(64) }, 502],
])('refuses a package that differs from its stanza in %s', async (_, stanza = {}, status) => {
  const upstream = await archive()
  const { path } = await upstream.publish({ name: 'tool', version: '1.0', stanza })
  await upstream.release()
  const answer = await (await gatewayOf(upstream)).get(`/debian/${path}`)
  expect(answer.status).toBe(status)
  expect((await answer.text()).startsWith('!<arch>')).toBe(false)
})

it('serves one that does not, whatever epoch the file name leaves out', async () => {
  const upstream = await archive()
  const { path, bytes } = await upstream.publish({ name: 'tool', version: '1:1.0' })
  await upstream.release()
  const answer = await (await gatewayOf(upstream)).get(`/debian/${path}`)
  expect(answer.status).toBe(200)
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
})

it('begins all pipelined requests at once and answers them in order', async () => {
  const upstream = await archive()
  const names = ['tool-0', 'tool-1', 'tool-2', 'tool-3', 'tool-4', 'tool-5']
  const published = await Promise.all(names.map((name) => upstream.publish({ name, version: '1.0' })))
  await upstream.release()
  // The first waits for all others: were requests taken one by one, none would ever be answered.
  const others = Promise.withResolvers<void>()
  let begun = 0
  const pool = inProcessPool((job) => {
    begun += 1
    if (begun === names.length) others.resolve()
    return job.fileName.startsWith('tool-0') ? others.promise : undefined
  })
  const { port } = await gatewayOf(upstream, pool)
  const paths = published.map(({ path }) => `/debian/${path}`)
  const bodies = await pipelined(port, paths)
  expect(bodies.map((body, at) => body.equals(published[at]?.bytes ?? Buffer.alloc(0)))).toEqual(
    published.map(() => true),
  )
})

async function archive(): Promise<AptUpstream> {
  const upstream = await startAptUpstream()
  opened.push(upstream)
  return upstream
}

async function gatewayOf({ url, keyring }: AptUpstream, pool = inProcessPool()): Promise<InProcess> {
  const options = { suites: ['stable'], architectures: ['amd64'], keyrings: [keyring] }
  const gateway = await openInProcess({
    repositories: [{ name: 'debian', type: 'deb', upstreams: [url], options }],
    given: { pool },
  })
  opened.push(gateway)
  return gateway
}

/** Sends all requests in one piece, as apt does, and takes the answers apart by their lengths. */
function pipelined(port: number, paths: readonly string[]): Promise<Buffer[]> {
  const text = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: gateway.test\r\n\r\n`).join('')
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('data', (piece) => {
      received = Buffer.concat([received, piece])
      const bodies = bodiesOf(received)
      if (bodies.length < paths.length) return
      socket.destroy()
      resolve(bodies)
    })
  })
}

function bodiesOf(received: Buffer): Buffer[] {
  const bodies: Buffer[] = []
  for (let at = 0; at < received.length; ) {
    const head = received.indexOf('\r\n\r\n', at)
    const length = /content-length: (\d+)/i.exec(received.toString('latin1', at, head))?.[1]
    const end = head + 4 + Number(length ?? 0)
    if (head < 0 || end > received.length) break
    bodies.push(received.subarray(head + 4, end))
    at = end
  }
  return bodies
}
