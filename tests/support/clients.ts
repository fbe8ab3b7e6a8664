// The real clients of a suite: how to run one, or a printed reason why its tests are skipped.
import { describe } from 'vitest'
import { clientCommand, listedClients } from './provide-clients.mjs'

export interface Client {
  readonly name: string
  /** Program and its first arguments. */
  readonly command: readonly string[]
  /** Pinned version, or `machine` for what the machine brings. */
  readonly version: string
}

/** The client, or undefined with the reason printed; throws instead when REQUIRE_CLIENTS=1. */
export function client(name: string): Client | undefined {
  const listed = listedClients().find((entry) => entry.name === name)
  if (listed === undefined) throw new Error(`no client ${name} in tests/clients/clients.json`)
  const command = clientCommand(listed)
  if (command !== undefined) return { name, command, version: listed.version ?? 'machine' }
  skip(`client ${name} is not installed; run through bin/with-clients`)
  return undefined
}

/** A suite that needs one client; skipped with a printed reason when it is absent. */
export function describeClient(name: string, suite: (client: Client) => void): void {
  const found = client(name)
  if (found === undefined) describe.skip(`${name} (not installed)`, () => {})
  else describe(`${name} ${found.version}`, () => suite(found))
}

/** Prints why something is skipped; a skip is a failure when REQUIRE_CLIENTS=1. */
export function skip(why: string): void {
  if (process.env['REQUIRE_CLIENTS'] === '1') throw new Error(`REQUIRE_CLIENTS=1: ${why}`)
  console.log(`SKIPPED: ${why}`)
}
