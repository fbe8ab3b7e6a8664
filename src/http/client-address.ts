// Who asked: the socket's address, or what a trusted reverse proxy says.
import { BlockList, isIP } from 'node:net'
import type { Asked } from './asked.ts'

export type ClientAddressOf = (asked: Asked) => string

/** `trusted` are addresses or CIDR ranges of reverse proxies whose X-Forwarded-For is believed, right to left. */
export function clientAddresses(trusted: readonly string[]): ClientAddressOf {
  const proxies = new BlockList()
  for (const range of trusted) addRange(proxies, range)
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return ({ peer, headers }) => {
    const socket = plainAddress(peer)
    if (trusted.length === 0 || !isTrusted(socket)) return socket
    const hops = (headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((hop) => plainAddress(withoutPort(hop.trim())))
    return hops.findLast((hop) => isIP(hop) !== 0 && !isTrusted(hop)) ?? socket
  }
}

function addRange(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (bits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(bits), family)
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const match = /^\[([^\]]+)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)
  return match?.[1] ?? match?.[2] ?? hop
}

/** `::ffff:127.0.0.1` is 127.0.0.1. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
