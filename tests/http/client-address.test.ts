// Who asked: the socket, or what trusted proxies wrote, in every way that they write it.
import { expect, it } from 'vitest'
import { clientAddresses } from '../../src/http/client-address.ts'

function addressOf(peer: string, forwarded: string | undefined, trusted: readonly string[]) {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return clientAddresses(trusted)({ method: 'GET', path: '/', query: '', headers, peer })
}

it.each([
  { socket: '198.51.100.1', forwarded: '203.0.113.9', trusted: [], is: '198.51.100.1' },
  { socket: '::ffff:10.0.0.1', forwarded: '203.0.113.9', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
  { socket: '10.0.0.1', forwarded: '203.0.113.9, 10.0.0.2', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
  { socket: '10.0.0.1', forwarded: '203.0.113.9:4711', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
  { socket: '10.0.0.1', forwarded: '[2001:db8::1]:4711', trusted: ['10.0.0.0/8'], is: '2001:db8::1' },
  { socket: '10.0.0.1', forwarded: 'unknown', trusted: ['10.0.0.0/8'], is: '10.0.0.1' },
  { socket: '10.0.0.1', forwarded: '1.2.3.4, 203.0.113.9', trusted: ['10.0.0.0/8'], is: '203.0.113.9' },
])('$socket with $forwarded behind $trusted is $is', ({ socket, forwarded, trusted, is }) => {
  expect(addressOf(socket, forwarded, trusted)).toBe(is)
})
