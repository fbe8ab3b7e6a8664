// Connection pools, apart by address rule: a socket that one rule opened must not serve a request under a stricter one.
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { isAddress } from './address-guard.ts'
import { type AddressRule, assertAllowed, createGuardedConnector, type Resolve } from './guarded-connector.ts'
import { matchesHost, parseHostPattern } from './host-rules.ts'
import { bareHostname } from './safe-url.ts'

export interface DispatcherOptions {
  readonly connectMs: number
  /** Sockets to one origin. */
  readonly connections: number
  /** PEM certificates trusted beside the machine's own. */
  readonly ca: readonly string[]
  readonly resolve: Resolve
  /** URL of an HTTP proxy for everything but noProxy. */
  readonly proxy: string | undefined
  /** Host patterns as in allowedHosts. */
  readonly noProxy: readonly string[]
}

export class Dispatchers {
  readonly #options: DispatcherOptions
  readonly #ca: readonly string[] | undefined
  readonly #agents = new Map<string, Agent>()
  readonly #proxy: ProxyAgent | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    // A list given to TLS replaces the default one, so both go in.
    this.#ca = options.ca.length > 0 ? [...getCACertificates('default'), ...options.ca] : undefined
    this.#proxy = options.proxy === undefined ? undefined : this.#createProxy(options.proxy)
  }

  /** Throws HOST_REFUSED where only the address of a literal or a proxied name can be checked beforehand. */
  async choose(url: URL, rule: AddressRule): Promise<Dispatcher> {
    if (!this.#proxy || this.#isDirect(url)) return this.#agentFor(rule)
    await this.#assertProxied(bareHostname(url.hostname), rule)
    return this.#proxy
  }

  async close(): Promise<void> {
    const all: Dispatcher[] = [...this.#agents.values()]
    if (this.#proxy) all.push(this.#proxy)
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()))
  }

  #agentFor(rule: AddressRule): Agent {
    const key = JSON.stringify([rule.allow, rule.friends])
    const known = this.#agents.get(key)
    if (known) return known
    const { connectMs, connections, resolve } = this.#options
    const agent = new Agent({
      connect: createGuardedConnector(rule, { resolve, connectMs, ca: this.#ca }),
      connections,
      pipelining: 1,
      keepAliveTimeout: 30_000,
    })
    this.#agents.set(key, agent)
    return agent
  }

  #createProxy(uri: string): ProxyAgent {
    const { connectMs, connections } = this.#options
    const tls = { timeout: connectMs, ...(this.#ca ? { ca: [...this.#ca] } : {}) }
    return new ProxyAgent({
      uri,
      requestTls: tls,
      proxyTls: tls,
      connections,
      proxyTunnel: false,
    })
  }

  #isDirect(url: URL): boolean {
    return this.#options.noProxy.some((pattern) => {
      const parsed = parseHostPattern(pattern)
      const anyPort = parsed.port === undefined ? { ...parsed, port: url.port || undefined } : parsed
      return matchesHost(anyPort, url)
    })
  }

  // The proxy resolves names itself. What this machine can resolve is checked here all the same; the rest is the proxy's to refuse.
  async #assertProxied(hostname: string, rule: AddressRule): Promise<void> {
    if (rule.allow === 'any') return
    const { resolve } = this.#options
    const found = isAddress(hostname) ? [{ address: hostname }] : await resolve(hostname).catch(() => [])
    const addresses = found.map((entry) => entry.address)
    // A name that must be shown to be the upstream itself cannot be, when it does not resolve.
    const shown = rule.allow === 'friends' && addresses.length === 0 ? [hostname] : addresses
    await assertAllowed(rule, resolve, hostname, shown)
  }
}
