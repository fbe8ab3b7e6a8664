// Which network addresses a host may have that nobody configured: public unicast, nothing else.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

// IANA IPv4 special-purpose registry (RFC 6890) without the globally reachable blocks, plus multicast and reserved space.
const REFUSED_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT; one cloud's metadata service lives here
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // public by number, but the host's own service on a large cloud
  ['169.254.0.0', 16], // link-local, most metadata services
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

// IPv6: only global unicast 2000::/3 (RFC 4291) is public. This leaves out ::1, IPv4-mapped ::ffff:0:0/96, NAT64 64:ff9b::/96
// and 64:ff9b:1::/48, unique local fc00::/7, link-local fe80::/10, site-local and multicast. Inside it these are special:
const REFUSED_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, among them Teredo 2001::/32
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 carries any IPv4 address
  ['3fff::', 20],
]

const refused = new BlockList()
for (const [network, prefix] of REFUSED_IPV4) refused.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of REFUSED_IPV6) refused.addSubnet(network, prefix, 'ipv6')

const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

/** True only for a public unicast address without zone index; false for whatever is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4')
  if (!isIPv6(address) || address.includes('%')) return false
  return globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

export function isAddress(hostname: string): boolean {
  return isIP(hostname) !== 0
}
