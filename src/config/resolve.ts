// A checked document into the typed configuration, with all defaults.
import { join } from 'node:path'
import { Secret, secretUrl } from '../model/secret.ts'
import { resolveFeeds } from './advisories.ts'
import {
  type Config,
  type ListenConfig,
  type RepositoryConfig,
  TOOL_NAMES,
  type ToolConfig,
} from './config.ts'
import type { ConfigDocument, RepositoryDocument } from './document.ts'
import { resolveDrift, resolveNotifications } from './drift.ts'
import type { Environment } from './environment.ts'
import { resolveAccess, resolveCaches, resolveLimits, resolvePools, resolveWaivers } from './limits.ts'
import type { Discovery } from './machine.ts'
import { resolveOutbound } from './outbound.ts'
import { absolutePath } from './paths.ts'
import { resolveUpstream } from './upstreams.ts'

export interface ResolveContext {
  readonly origin: string
  /** Relative paths are relative to this folder. */
  readonly directory: string
  readonly discovery: Discovery
  readonly environment: Environment
}

export function resolveConfig(document: ConfigDocument, context: ResolveContext): Config {
  const path = (text: string) => absolutePath(text, context.directory)
  const listen = resolveListen(document, path)
  const dataDirectory = path(document.dataDirectory ?? './data')
  return {
    origin: context.origin,
    listen,
    publicUrl: (document.publicUrl ?? urlOf(listen)).replace(/\/+$/, ''),
    dataDirectory,
    ledger: storeUrl(document.ledger, 'sqlite:', join(dataDirectory, 'ledger.sqlite'), path),
    blobs: storeUrl(document.blobs, 'file:', join(dataDirectory, 'blobs'), path),
    policy: policyPath(document.policy ?? 'balanced', path),
    repositories: resolveRepositories(document, context),
    allowedHosts: document.allowedHosts ?? [],
    trustedProxies: document.trustedProxies ?? [],
    outbound: resolveOutbound(document, context.environment, path),
    limits: resolveLimits(document),
    pools: resolvePools(document),
    caches: resolveCaches(document),
    malwareFeeds: (document.malwareFeeds ?? []).map(path),
    advisories: { feeds: resolveFeeds(document.advisories?.feeds ?? [], path) },
    rules: (document.rules ?? []).map(path),
    signing: resolveSigning(document, dataDirectory, path),
    tools: resolveTools(document),
    access: resolveAccess(document),
    waivers: resolveWaivers(document),
    drift: resolveDrift(document),
    notifications: resolveNotifications(document),
    log: { level: document.log?.level ?? 'info', format: document.log?.format ?? 'json' },
    notes: context.discovery.notes,
  }
}

type ToPath = (text: string) => string

function resolveListen({ listen }: ConfigDocument, path: ToPath): ListenConfig {
  const { host = '127.0.0.1', port = 8080, tls } = listen ?? {}
  if (tls === undefined) return { host, port }
  return { host, port, tls: { ...tls, certificate: path(tls.certificate), key: path(tls.key) } }
}

/** The URL under which clients of this machine reach it. */
function urlOf({ host, port, tls }: ListenConfig): string {
  const everywhere = host === '0.0.0.0' || host === '::'
  const loopback = everywhere || host === '127.0.0.1' || host === '::1'
  const name = loopback ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}`
}

function storeUrl(written: string | undefined, scheme: string, fallback: string, path: ToPath): Secret {
  if (written === undefined) return new Secret(`${scheme}${fallback}`, `${scheme}${fallback}`)
  if (!written.startsWith(scheme)) return secretUrl(written)
  const local = `${scheme}${path(written.slice(scheme.length).replace(/^\/\/(?=\/)/, ''))}`
  return new Secret(local, local)
}

function policyPath(policy: string, path: ToPath): string {
  return /\.(ya?ml|json)$/.test(policy) ? path(policy) : policy
}

function resolveSigning({ signing = {} }: ConfigDocument, dataDirectory: string, path: ToPath) {
  const { directory, openpgpKey, rsaKey, passphrase, identity = 'Sallyport package gateway' } = signing
  return {
    directory: directory === undefined ? join(dataDirectory, 'keys') : path(directory),
    identity,
    ...(openpgpKey === undefined ? {} : { openpgpKey: path(openpgpKey) }),
    ...(rsaKey === undefined ? {} : { rsaKey: path(rsaKey) }),
    ...(passphrase === undefined ? {} : { passphrase: new Secret(passphrase) }),
  }
}

function resolveTools({ tools = {} }: ConfigDocument): Config['tools'] {
  const resolved: Partial<Record<(typeof TOOL_NAMES)[number], ToolConfig>> = {}
  for (const name of TOOL_NAMES) {
    const written = tools[name] ?? 'off'
    resolved[name] = typeof written === 'string' ? { mode: written } : written
  }
  return { ...offTools(), ...resolved }
}

function offTools(): Config['tools'] {
  const off: ToolConfig = { mode: 'off' }
  return {
    clamav: off,
    trivy: off,
    grype: off,
    syft: off,
    trufflehog: off,
    guarddog: off,
    bandit: off,
    'pip-audit': off,
    'npm-audit': off,
    eslint: off,
  }
}

function resolveRepositories(document: ConfigDocument, context: ResolveContext): readonly RepositoryConfig[] {
  if (document.repositories === undefined) return context.discovery.repositories
  return document.repositories.map((repository) => resolveRepository(repository, context))
}

function resolveRepository(document: RepositoryDocument, context: ResolveContext): RepositoryConfig {
  const { name, type, indexMode, policy } = document
  const path = (text: string) => absolutePath(text, context.directory)
  const found = context.discovery.repositories.find((one) => one.type === type)
  const upstreams =
    document.upstreams?.map((one) => resolveUpstream(one, context.origin)) ?? found?.upstreams ?? []
  return {
    name,
    type,
    mount: document.mount ?? `/${name}/`,
    upstreams,
    reserved: [
      ...(document.reserved ?? []),
      ...(document.upstreams === undefined ? (found?.reserved ?? []) : []),
    ],
    options: {
      ...resolveOptions(document.options ?? {}, path),
      privateUpstreams: upstreams.filter((one) => one.private).map(({ url }) => url),
    },
    origin: document.upstreams === undefined && found !== undefined ? found.origin : context.origin,
    ...(indexMode === undefined ? {} : { indexMode }),
    ...(policy === undefined ? {} : { policy: policyPath(policy, path) }),
  }
}

/** Options with their paths made absolute. */
function resolveOptions(options: NonNullable<RepositoryDocument['options']>, path: ToPath) {
  const { keyrings, keys, vendorKeys, trustedRoot } = options
  return {
    ...options,
    ...(keyrings === undefined ? {} : { keyrings: keyrings.map(path) }),
    ...(keys === undefined ? {} : { keys: keys.map(path) }),
    ...(vendorKeys === undefined ? {} : { vendorKeys: vendorKeys.map(path) }),
    ...(trustedRoot === undefined ? {} : { trustedRoot: path(trustedRoot) }),
  }
}
