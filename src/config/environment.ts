// The only place that reads the process environment, and the table of variables that override the file.
import { env, getuid } from 'node:process'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. */
export function readEnvironment(): Environment {
  return env
}

/** The user that this process runs as; undefined on platforms without. */
export function ownUser(): number | undefined {
  return getuid?.()
}

export interface EnvironmentOverride {
  readonly variable: string
  /** Key of the configuration that it sets. */
  readonly key: readonly string[]
  readonly kind: 'text' | 'number' | 'list'
}

/** Documented in docs/configuration.md; a test holds the two together. `SALLYPORT_CONFIG` is read before. */
export const ENVIRONMENT_OVERRIDES: readonly EnvironmentOverride[] = [
  { variable: 'SALLYPORT_HOST', key: ['listen', 'host'], kind: 'text' },
  { variable: 'SALLYPORT_PORT', key: ['listen', 'port'], kind: 'number' },
  { variable: 'SALLYPORT_TLS_CERTIFICATE', key: ['listen', 'tls', 'certificate'], kind: 'text' },
  { variable: 'SALLYPORT_TLS_KEY', key: ['listen', 'tls', 'key'], kind: 'text' },
  { variable: 'SALLYPORT_PUBLIC_URL', key: ['publicUrl'], kind: 'text' },
  { variable: 'SALLYPORT_DATA', key: ['dataDirectory'], kind: 'text' },
  { variable: 'SALLYPORT_LEDGER', key: ['ledger'], kind: 'text' },
  { variable: 'SALLYPORT_BLOBS', key: ['blobs'], kind: 'text' },
  { variable: 'SALLYPORT_POLICY', key: ['policy'], kind: 'text' },
  { variable: 'SALLYPORT_TRUSTED_PROXIES', key: ['trustedProxies'], kind: 'list' },
  { variable: 'SALLYPORT_ALLOWED_HOSTS', key: ['allowedHosts'], kind: 'list' },
  { variable: 'SALLYPORT_MALWARE_FEEDS', key: ['malwareFeeds'], kind: 'list' },
  { variable: 'SALLYPORT_LOG_LEVEL', key: ['log', 'level'], kind: 'text' },
  { variable: 'SALLYPORT_LOG_FORMAT', key: ['log', 'format'], kind: 'text' },
]

type Tree = { [key: string]: unknown }

/** The document with the variables laid over it; unknown SALLYPORT_* variables are problems, as unknown keys are. */
export function overlayEnvironment(
  document: Tree,
  environment: Environment,
): { document: Tree; problems: readonly string[] } {
  const overlaid = structuredClone(document)
  for (const { variable, key, kind } of ENVIRONMENT_OVERRIDES) {
    const text = environment[variable]
    if (text !== undefined && text !== '') setDeep(overlaid, key, parseValue(text, kind))
  }
  return { document: overlaid, problems: unknownVariables(environment) }
}

function unknownVariables(environment: Environment): readonly string[] {
  const known = new Set(['SALLYPORT_CONFIG', ...ENVIRONMENT_OVERRIDES.map(({ variable }) => variable)])
  return Object.keys(environment)
    .filter((name) => name.startsWith('SALLYPORT_') && !known.has(name))
    .map((name) => `${name}: unknown environment variable; allowed are ${[...known].join(', ')}`)
}

function parseValue(text: string, kind: EnvironmentOverride['kind']): unknown {
  if (kind === 'list') return text.split(',').map((part) => part.trim())
  // A number that is none stays text, so that the schema names it.
  return kind === 'number' && /^\d+$/.test(text) ? Number(text) : text
}

function setDeep(tree: Tree, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  const below = tree[key]
  const branch: Tree = isTree(below) ? below : {}
  tree[key] = branch
  setDeep(branch, rest, value)
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `${NAME}` in any string becomes the variable's value; an unset one is a problem. `$${` writes a literal `${`. */
export function expandVariables(
  value: unknown,
  environment: Environment,
  path = '',
): { value: unknown; problems: readonly string[] } {
  if (typeof value === 'string') return expandText(value, environment, path)
  if (Array.isArray(value)) {
    const parts = value.map((one, index) => expandVariables(one, environment, `${path}[${index}]`))
    return { value: parts.map((part) => part.value), problems: parts.flatMap((part) => part.problems) }
  }
  if (!isTree(value)) return { value, problems: [] }
  const parts = Object.entries(value).map(([key, one]) => {
    const below = path === '' ? key : `${path}.${key}`
    return [key, expandVariables(one, environment, below)] as const
  })
  return {
    value: Object.fromEntries(parts.map(([key, part]) => [key, part.value])),
    problems: parts.flatMap(([, part]) => part.problems),
  }
}

function expandText(text: string, environment: Environment, path: string) {
  const problems: string[] = []
  const value = text.replace(/\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (written, name: string) => {
    if (written.startsWith('$$')) return written.slice(1)
    const found = environment[name]
    if (found === undefined) problems.push(`${path}: the environment variable ${name} is not set`)
    return found ?? ''
  })
  return { value, problems }
}
