// Opens sockets only to addresses that were checked: the check sits in the look-up, so no second resolution comes between.
import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { GatewayError } from '../model/errors.ts'
import { isAddress, isPublicAddress } from './address-guard.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>

/** The machine's own resolver, all addresses. */
export const resolveBySystem: Resolve = (hostname) => systemLookup(hostname, { all: true })

export interface AddressRule {
  /**
   * `any`: a configured upstream. `public`: public addresses, or those of the friends. `friends`: only non-public addresses that
   * are the friends' own, as a mirror has them that calls itself by another name.
   */
  readonly allow: 'any' | 'public' | 'friends'
  /** Hostnames of the configured upstreams that the host was learned from. */
  readonly friends: readonly string[]
}

export interface ConnectorOptions {
  readonly resolve: Resolve
  readonly connectMs: number
  readonly ca: readonly string[] | undefined
}

export function createGuardedConnector(
  rule: AddressRule,
  options: ConnectorOptions,
): buildConnector.connector {
  const { resolve, connectMs, ca } = options
  const connect = buildConnector({
    timeout: connectMs,
    lookup: guardedLookup(rule, resolve),
    ...(ca ? { ca: [...ca] } : {}),
  })
  return (target, callback) => {
    // A socket to an address literal never asks the look-up.
    if (!isAddress(target.hostname)) return connect(target, callback)
    assertAllowed(rule, resolve, target.hostname, [target.hostname]).then(
      () => connect(target, callback),
      (error: Error) => callback(error, null),
    )
  }
}

function guardedLookup(rule: AddressRule, resolve: Resolve): LookupFunction {
  return (hostname, { all, family }, callback) => {
    checkedAddresses(rule, resolve, hostname).then(
      (found) => {
        const fitting = found.filter((entry) => !family || String(family).endsWith(String(entry.family)))
        const [first] = fitting
        if (!first) callback(notResolved(hostname), '', 4)
        else if (all) callback(null, [...fitting])
        else callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, '', 4),
    )
  }
}

async function checkedAddresses(
  rule: AddressRule,
  resolve: Resolve,
  hostname: string,
): Promise<readonly ResolvedAddress[]> {
  const found = await resolve(hostname)
  const addresses = found.map((entry) => entry.address)
  await assertAllowed(rule, resolve, hostname, addresses)
  return found
}

/** Throws HOST_REFUSED unless every one of the addresses is allowed; a host that mixes both kinds is refused as a whole. */
export async function assertAllowed(
  rule: AddressRule,
  resolve: Resolve,
  hostname: string,
  addresses: readonly string[],
): Promise<void> {
  if (rule.allow === 'any') return
  const mayBePublic = rule.allow === 'public'
  const doubtful = addresses.filter((address) => !(mayBePublic && isPublicAddress(address)))
  if (doubtful.length === 0) return
  const friendly = await addressesOf(rule.friends, resolve)
  const refused = doubtful.find((address) => isPublicAddress(address) || !friendly.has(address))
  if (refused !== undefined) throw addressRefused(hostname, refused)
}

async function addressesOf(hostnames: readonly string[], resolve: Resolve): Promise<Set<string>> {
  const found = await Promise.all(
    hostnames.map(async (name) => (isAddress(name) ? [{ address: name }] : resolve(name))),
  )
  return new Set(found.flat().map((entry) => entry.address))
}

function addressRefused(hostname: string, address: string): GatewayError {
  return new GatewayError(
    'HOST_REFUSED',
    `the host ${hostname} has the address ${address}, which is not allowed`,
    {
      hostname,
      address,
    },
  )
}

function notResolved(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`the host ${hostname} has no usable address`), { code: 'ENOTFOUND' })
}
