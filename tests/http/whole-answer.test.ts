// Kept answers over real connections: every byte counted, in whatever order and form the requests come.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../../src/http/answer.ts'
import type { GatewayEnv } from '../../src/http/bindings.ts'
import { createRequestListener } from '../../src/http/request-listener.ts'
import { KEEP_ALIVE_MS, sendWhole } from '../../src/http/whole-answer.ts'

const body = (letter: string, size: number) => Buffer.alloc(size, letter) as Uint8Array<ArrayBuffer>
const made = (bytes: Uint8Array<ArrayBuffer>): Answer => ({
  status: 200,
  headers: ['content-type', 'text/plain', 'content-length', String(bytes.byteLength), 'etag', '"e"'],
  body: bytes,
})
const kept = (answer: Answer): Answer => ({ ...answer, isKept: true })
const small = kept(made(body('s', 100)))
const large = kept(made(body('l', 60_000)))
const answers: Readonly<Record<string, Answer>> = {
  '/r/small': small,
  '/r/large': large,
  '/r/huge': kept(made(body('h', 300_000))),
  '/r/plain': made(body('s', 100)),
  '/r/same': kept({ status: 304, headers: ['etag', '"e"'] }),
  '/r/broken': kept({ status: 200, headers: ['x-text', 'two\r\nlines', 'content-length', '0'] }),
  '/r/late': made(body('t', 7)),
}
const told: string[] = []
const server = createServer(
  { keepAliveTimeout: KEEP_ALIVE_MS, optimizeEmptyRequests: true, joinDuplicateHeaders: true },
  createRequestListener(
    {
      app: new Hono<GatewayEnv>().all('*', async (c) => c.text(`router ${await c.req.text()}`)),
      packages({ path }) {
        const answer = answers[path] ?? { status: 404, headers: ['content-length', '0'] }
        return path === '/r/late' ? new Promise((resolve) => setTimeout(resolve, 50, answer)) : answer
      },
      failed: (path) => told.push(path),
    },
    'http://gateway.test',
  ),
)

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function open(): Socket {
  return connect((server.address() as AddressInfo).port, '127.0.0.1')
}

const get = (path: string, lines = '', method = 'GET', version = '1.1') =>
  `${method} ${path} HTTP/${version}\r\nHost: gateway.test\r\n${lines}\r\n`

/** Sends it all at once and reads until the other end closes. */
async function talk(text: string, socket = open()): Promise<string> {
  let answered = ''
  socket.on('data', (chunk) => (answered += chunk.toString('latin1')))
  socket.write(text)
  await once(socket, 'close')
  return answered
}

/** Responses one after the other, each as long as it says; what does not fit ends the list with a word of its own. */
function split(text: string, methods: readonly string[]): string[] {
  const seen: string[] = []
  let rest = text
  for (const method of methods) {
    const end = rest.indexOf('\r\n\r\n') + 4
    const head = rest.slice(0, end)
    const bodiless = method === 'HEAD' || head.startsWith('HTTP/1.1 304')
    const length = bodiless ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1])
    const content = rest.slice(end, end + length)
    seen.push(
      `${head.slice(9, 12)} ${content[0] ?? '-'}${new Set(content).size > 1 ? ' mixed' : ''} ${content.length}`,
    )
    rest = rest.slice(end + length)
  }
  return rest === '' ? seen : [...seen, `left over: ${rest.slice(0, 80)}`]
}

describe('kept answers', () => {
  it('have the head that node:http gives to others', async () => {
    const last = get('/r/plain', 'Connection: close\r\n')
    const [keptHead = '', plainHead = ''] = await Promise.all(
      ['/r/small', '/r/plain'].map(async (path) => (await talk(get(path) + last)).split('\r\n\r\n')[0]),
    )
    const sameDate = (head: string) => head.replace(/Date: .*/, 'Date:')
    expect(sameDate(keptHead)).toBe(sameDate(plainHead))
    expect(keptHead).toMatch(
      /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\nConnection: keep-alive\r\n/,
    )
  })

  it('leave by one write on a connection that is kept', async () => {
    const taken: boolean[] = []
    const direct = createServer((_, outgoing) => {
      taken.push(sendWhole(outgoing, small))
      if (taken.at(-1) === false) outgoing.end()
    }).listen(0, '127.0.0.1')
    await once(direct, 'listening')
    const socket = connect((direct.address() as AddressInfo).port, '127.0.0.1')
    await talk(get('/') + get('/') + get('/', '', 'HEAD') + get('/', 'Connection: close\r\n'), socket)
    direct.close()
    expect(taken[0]).toBe(true)
    expect(taken.slice(2)).toEqual([false, false])
  })

  it('keep their place among others on one connection', async () => {
    const asked = [
      ['GET', '/r/small'],
      ['GET', '/r/late'],
      ['GET', '/r/large'],
      ['HEAD', '/r/small'],
      ['GET', '/r/same'],
      ['GET', '/r/huge'],
      ['GET', '/r/small'],
      ['GET', '/r/plain'],
      ['GET', '/r/nothing'],
      ['GET', '/r/same'],
      ['GET', '/r/large'],
    ] as const
    const text = asked.map(([method, path]) => get(path, '', method)).join('')
    const answered = await talk(text + get('/r/small', 'Connection: close\r\n'))
    expect(split(answered, [...asked.map(([method]) => method), 'GET'])).toEqual([
      '200 s 100',
      '200 t 7',
      '200 l 60000',
      '200 - 0',
      '304 - 0',
      '200 h 300000',
      '200 s 100',
      '200 s 100',
      '404 - 0',
      '304 - 0',
      '200 l 60000',
      '200 s 100',
    ])
  })

  it('reach a client whole that reads late, when the kernel takes no more', async () => {
    const count = 300
    const socket = open()
    socket.pause()
    socket.write(get('/r/large').repeat(count) + get('/r/small', 'Connection: close\r\n'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    socket.resume()
    const answered = split(await talk('', socket), Array(count + 1).fill('GET'))
    expect(answered).toEqual([...Array(count).fill('200 l 60000'), '200 s 100'])
  })

  it.each([
    ['a client that closes', get('/r/small', 'Connection: close\r\n')],
    ['HTTP/1.0', get('/r/small', '', 'GET', '1.0')],
  ])('end the connection of %s, and say so', async (_, text) => {
    const answered = await talk(text)
    expect(answered).toMatch(/\r\nConnection: close\r\n/)
    expect(split(answered, ['GET'])).toEqual(['200 s 100'])
  })

  it('wait for nothing that a client would send first', async () => {
    const answered = await talk(get('/r/small', 'Expect: 100-continue\r\nConnection: close\r\n'))
    expect(answered).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })

  it('are a failure, not two headers, when a header would end its line', async () => {
    const answered = await talk(get('/r/broken') + get('/r/small', 'Connection: close\r\n'))
    expect(split(answered, ['GET', 'GET'])).toEqual(['500 - 0', '200 s 100'])
    expect(told).toEqual(['/r/broken'])
  })
})

it.each([
  ['the gateway itself', 'GET /-/live HTTP/1.1\r\nHost: gateway.test\r\n', ''],
  ['a POST', 'POST /r/small HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 4\r\n', 'body'],
  [
    'a POST in pieces',
    'POST /r/small HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n',
    'body',
  ],
  ['a POST without a body', 'POST /r/small HTTP/1.1\r\nHost: gateway.test\r\n', ''],
  ['a GET with a body', 'GET /r/small HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 4\r\n', 'body'],
  ['an absolute target', 'GET http://gateway.test/r/small HTTP/1.1\r\nHost: gateway.test\r\n', ''],
  ['an odd host', 'GET /r/small HTTP/1.1\r\nHost: [::1]:80\r\n', ''],
])('%s goes through the router', async (_, lines, sent) => {
  const content = lines.includes('chunked') ? `4\r\n${sent}\r\n0\r\n\r\n` : sent
  const answered = await talk(`${lines}Connection: close\r\n\r\n${content}`)
  expect(answered).toContain(`router ${lines.startsWith('POST') ? sent : ''}`)
})

it.each(['GET /r\\small HTTP/1.1\r\nHost: gateway.test', 'GET /r/small HTTP/1.1\r\nHost: a b'])(
  'is no request at all: %s',
  async (lines) => {
    expect(await talk(`${lines}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
  },
)
