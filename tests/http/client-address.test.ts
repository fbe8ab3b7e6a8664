// Who asked: the socket, or what trusted proxies wrote, in every way that they write it.
import type { IncomingMessage } from 'node:http'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import type { GatewayEnv } from '../../src/http/bindings.ts'
import { clientAddresses } from '../../src/http/client-address.ts'

async function addressOf(socket: string, forwarded: string | undefined, trusted: readonly string[]) {
  const app = new Hono<GatewayEnv>()
  const tell = clientAddresses(trusted)
  app.get('/', (c) => c.text(tell(c)))
  const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const incoming = { socket: { remoteAddress: socket } } as IncomingMessage
  return (await app.request('/', { headers }, { incoming })).text()
}

it.each([
  { socket: '198.51.100.1', forwarded: '203.0.113.9', trusted: [], is: '198.51.100.1' },
  { socket: '::ffff:10.0.0.1', forwarded: '203.0.113.9', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
  { socket: '10.0.0.1', forwarded: '203.0.113.9, 10.0.0.2', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
  { socket: '10.0.0.1', forwarded: '203.0.113.9:4711', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
  { socket: '10.0.0.1', forwarded: '[2001:db8::1]:4711', trusted: ['10.0.0.0/8'], is: '2001:db8::1' },
  { socket: '10.0.0.1', forwarded: 'unknown', trusted: ['10.0.0.0/8'], is: '10.0.0.1' },
  { socket: '10.0.0.1', forwarded: '1.2.3.4, 203.0.113.9', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
])('$socket with $forwarded behind $trusted is $is', async ({ socket, forwarded, trusted, is }) => {
  expect(await addressOf(socket, forwarded, trusted)).toBe(is)
})
