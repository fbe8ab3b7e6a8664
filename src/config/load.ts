// Loads the configuration: --config, else SALLYPORT_CONFIG, else ./sallyport.yaml, else the defaults; refuses what it does not understand.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { GatewayError } from '../model/errors.ts'
import { loadPolicy } from '../policy/load.ts'
import { feedCredentialProblems, feedProblems } from './advisories.ts'
import type { Config } from './config.ts'
import { discover } from './discover.ts'
import { type ConfigDocument, checkDocument } from './document.ts'
import { driftProblems } from './drift.ts'
import { expandVariables, overlayEnvironment } from './environment.ts'
import type { Discovery, MachineFacts } from './machine.ts'
import { outboundProblems } from './outbound.ts'
import { absolutePath, pathProblems } from './paths.ts'
import { repositoryProblems } from './repositories.ts'
import { type ResolveContext, resolveConfig } from './resolve.ts'
import { upstreamProblems } from './upstreams.ts'

export const DEFAULT_FILE = 'sallyport.yaml'
const BUILT_IN = 'built-in defaults'
const NOTHING: Discovery = { repositories: [], notes: [] }

/**
 * The configuration of a start. `file` is the value of --config. Throws CONFIG_INVALID whose message lists every
 * problem with key, value and what is allowed. With `discover: false` nobody is asked for upstreams: for commands that need none.
 */
export async function loadConfig(
  file: string | undefined,
  machine: MachineFacts,
  options: { readonly discover?: boolean } = {},
): Promise<Config> {
  const source = readSource(file, machine)
  return configFrom(source.value, { ...source, ...options, machine })
}

export interface ConfigSource {
  readonly origin: string
  readonly directory: string
  /** Where upstreams are looked for that the document does not give; absent: nowhere. */
  readonly machine?: MachineFacts
  readonly discover?: boolean
}

/** The configuration of a document that is already parsed. */
export async function configFrom(value: unknown, source: ConfigSource): Promise<Config> {
  const { document, problems } = readDocument(value, source)
  if (document === undefined) throw refuse(source.origin, problems)
  const resolve = (discovery: Discovery) => resolveConfig(document, contextOf(source, discovery))
  const { listen, publicUrl } = resolve(NOTHING)
  const isOwn = ownAddress(listen.port, publicUrl)
  const discovery =
    source.machine === undefined || source.discover === false
      ? NOTHING
      : await discover(document, { ...source.machine, isOwn })
  const config = resolve(discovery)
  const all = [
    ...problems,
    ...driftProblems(document),
    ...(source.discover === false ? [] : repositoryProblems(config)),
    ...outboundProblems(config.outbound),
    ...pathProblems(config),
    ...feedProblems(config.advisories.feeds),
    ...policyProblems(config, source.directory),
  ]
  if (all.length > 0) throw refuse(source.origin, all)
  return deepFreeze(config)
}

function readSource(file: string | undefined, { environment, cwd }: MachineFacts) {
  const named = file ?? environment['SALLYPORT_CONFIG']
  const fallback = join(cwd, DEFAULT_FILE)
  const path = named === undefined ? fallback : absolutePath(named, cwd)
  if (named === undefined && !existsSync(fallback)) return { value: {}, origin: BUILT_IN, directory: cwd }
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'), { uniqueKeys: true })
    return { value: value ?? {}, origin: path, directory: dirname(path) }
  } catch (cause) {
    throw refuse(path, [cause instanceof Error ? cause.message : String(cause)], cause)
  }
}

function readDocument(
  value: unknown,
  { machine }: ConfigSource,
): { document?: ConfigDocument; problems: readonly string[] } {
  if (!isTree(value)) return { problems: ['the document is not a mapping of keys to values'] }
  const environment = machine?.environment ?? {}
  const expanded = expandVariables(value, environment)
  const overlaid = overlayEnvironment(isTree(expanded.value) ? expanded.value : {}, environment)
  const checked = checkDocument(overlaid.document)
  const problems = [...expanded.problems, ...overlaid.problems]
  if (!('document' in checked)) return { problems: [...problems, ...checked.problems] }
  const unusable = [
    ...unusableUpstreams(checked.document),
    ...feedCredentialProblems(checked.document.advisories?.feeds ?? []),
  ]
  if (unusable.length > 0) return { problems: [...problems, ...unusable] }
  return { document: checked.document, problems }
}

function unusableUpstreams({ repositories = [] }: ConfigDocument): readonly string[] {
  return repositories.flatMap(({ name, upstreams = [] }) =>
    upstreams.flatMap((one, index) => upstreamProblems(`repositories.${name}.upstreams[${index}]`, one)),
  )
}

function contextOf({ origin, directory, machine }: ConfigSource, discovery: Discovery): ResolveContext {
  return { origin, directory, discovery, environment: machine?.environment ?? {} }
}

function policyProblems(config: Config, directory: string): readonly string[] {
  const named = new Set([config.policy, ...config.repositories.flatMap(({ policy }) => policy ?? [])])
  return [...named].flatMap((policy) => {
    try {
      loadPolicy(policy, directory)
      return []
    } catch (error) {
      return [`policy: ${error instanceof Error ? error.message : String(error)}`]
    }
  })
}

/** Whether a URL leads to this gateway: same public address, or a loopback name with our port. */
function ownAddress(port: number, publicUrl: string): (url: string) => boolean {
  const own = new URL(publicUrl)
  return (text) => {
    if (!URL.canParse(text)) return false
    const url = new URL(text)
    const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
    return url.host === own.host || (isLoopback && url.port === String(port))
  }
}

function isTree(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(origin: string, problems: readonly string[], cause?: unknown): GatewayError {
  const list = problems.map((problem) => `  - ${problem}`).join('\n')
  return new GatewayError(
    'CONFIG_INVALID',
    `the configuration (${origin}) is refused:\n${list}`,
    { origin, problems },
    { cause },
  )
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
