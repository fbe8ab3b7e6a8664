// Request targets as they stand in the request line.
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { type GatewayEnv, rawTarget } from '../../src/http/bindings.ts'

it.each([
  ['/npm/@scope%2fname?a=b', '/npm/@scope%2fname', '?a=b'],
  ['http://gateway.test/npm/@scope%2fname?a=b', '/npm/@scope%2fname', '?a=b'],
  ['http://gateway.test?a=b', '/', '?a=b'],
  ['/npm/http://other.test/x', '/npm/http://other.test/x', ''],
])('%s (RFC 9112 section 3.2: a server takes the absolute form too)', async (target, path, query) => {
  const app = new Hono<GatewayEnv>().all('*', (c) => c.json(rawTarget(c)))
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n\r\n`),
    )
    socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text))
  })
  server.close()
  expect(answer).toContain(JSON.stringify({ path, query }))
})
