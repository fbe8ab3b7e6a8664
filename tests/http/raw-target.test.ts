// Request targets as they stand in the request line, by both ways in.
import { createServer, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { askedByRouter, askedBySocket } from '../../src/http/asked.ts'
import type { GatewayEnv } from '../../src/http/bindings.ts'

const app = new Hono<GatewayEnv>().all('*', (c) => c.json(askedByRouter(c)))
const ways: readonly [string, RequestListener][] = [
  ['router', getRequestListener(app.fetch)],
  ['socket', (incoming, outgoing) => outgoing.end(JSON.stringify(askedBySocket(incoming)))],
]

async function ask(listener: RequestListener, target: string): Promise<string> {
  const server = createServer({ joinDuplicateHeaders: true }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    const headers =
      'Host: gateway.test\r\nConnection: close\r\nAuthorization: Bearer a\r\nauthorization: Bearer b'
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\n${headers}\r\n\r\n`),
    )
    socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text))
  })
  server.close()
  return answer
}

it.each([
  ['/npm/@scope%2fname?a=b', '/npm/@scope%2fname', '?a=b'],
  ['http://gateway.test/npm/@scope%2fname?a=b', '/npm/@scope%2fname', '?a=b'],
  ['http://gateway.test?a=b', '/', '?a=b'],
  ['/npm/http://other.test/x', '/npm/http://other.test/x', ''],
])('%s (RFC 9112 section 3.2: a server takes the absolute form too)', async (target, path, query) => {
  for (const [way, listener] of ways) {
    const answer = await ask(listener, target)
    expect(answer, way).toContain(JSON.stringify({ method: 'GET', path, query }).slice(0, -1))
    expect(answer, way).toContain('"peer":"127.0.0.1"')
  }
})

it('no second credential is silently left out', async () => {
  for (const [way, listener] of ways)
    expect(await ask(listener, '/'), way).toContain('"authorization":"Bearer a, Bearer b"')
})
