// How the gateway itself reaches the world: proxy and certificates as configured, else as the environment of every other program says.
import { Secret, withoutUserinfo } from '../model/secret.ts'
import type { OutboundConfig } from './config.ts'
import type { ConfigDocument } from './document.ts'
import type { Environment } from './environment.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** `https_proxy` before `http_proxy`, small letters before capitals, as curl reads them. `NO_PROXY=*` means none at all. */
export function resolveOutbound(
  { outbound = {} }: ConfigDocument,
  environment: Environment,
  path: (text: string) => string,
): OutboundConfig {
  const noProxy = outbound.noProxy ?? noProxyOf(variable(environment, 'no_proxy') ?? '')
  const written =
    outbound.proxy ?? variable(environment, 'https_proxy') ?? variable(environment, 'http_proxy')
  const proxy = noProxy.includes('*') || written === '' ? undefined : written
  return {
    noProxy: [...LOOPBACK, ...noProxy.filter((pattern) => pattern !== '*')],
    certificates: (outbound.certificates ?? []).map(path),
    ...(proxy === undefined ? {} : { proxy: new Secret(proxy, withoutUserinfo(proxy)) }),
  }
}

/** What is wrong with the proxy's URL, wherever it comes from. */
export function outboundProblems({ proxy }: OutboundConfig): readonly string[] {
  if (proxy === undefined) return []
  const url = URL.parse(proxy.reveal())
  return url?.protocol === 'http:' || url?.protocol === 'https:'
    ? []
    : [`outbound.proxy: ${proxy.shown} is no proxy URL; allowed is http://HOST:PORT or https://HOST:PORT`]
}

function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name] || environment[name.toUpperCase()]
  return value === '' ? undefined : value
}

/** `example.test` and `.example.test` name the domain with everything below it; address blocks are no host patterns and are passed over. */
function noProxyOf(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '' && !entry.includes('/'))
    .flatMap((entry) => {
      if (entry === '*') return [entry]
      const name = entry.replace(/^\*?\./, '')
      return /^[\d.:[\]]+$/.test(name) ? [name] : [name, `*.${name}`]
    })
    .filter(
      (pattern) =>
        pattern === '*' || /^(\*\.)?[A-Za-z0-9._-]+(:\d+)?$|^\[[0-9a-fA-F:]+\](:\d+)?$/.test(pattern),
    )
}
