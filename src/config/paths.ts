// Paths of the configuration: made absolute, and checked before anything is started.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, resolve } from 'node:path'
import { type Config, TOOL_NAMES, type ToolConfig, type ToolName } from './config.ts'
import { ADAPTED_TOOLS } from './tools.ts'

/** `~/x` and relative paths to absolute ones. */
export function absolutePath(path: string, directory: string): string {
  const home = path === '~' || path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path
  return isAbsolute(home) ? home : resolve(directory, home)
}

/** Every path of the configuration that cannot be used, as `key: path and why`. */
export function pathProblems(config: Config): readonly string[] {
  const { listen, signing } = config
  return [
    ...unwritable('dataDirectory', config.dataDirectory),
    ...config.malwareFeeds.flatMap((path, index) => unreadable(`malwareFeeds[${index}]`, path)),
    ...config.outbound.certificates.flatMap((path, index) =>
      unreadable(`outbound.certificates[${index}]`, path),
    ),
    ...config.rules.flatMap((path, index) => notFolder(`rules[${index}]`, path)),
    ...(listen.tls === undefined ? [] : badCertificate(listen.tls.certificate, listen.tls.key)),
    ...(signing.openpgpKey === undefined ? [] : unreadable('signing.openpgpKey', signing.openpgpKey)),
    ...(signing.rsaKey === undefined ? [] : unreadable('signing.rsaKey', signing.rsaKey)),
    ...config.repositories.flatMap(({ name, options }) =>
      [options.keyrings ?? [], options.keys ?? [], options.vendorKeys ?? [], options.trustedRoot ?? []]
        .flat()
        .flatMap((path) => unreadable(`repositories.${name}.options`, path)),
    ),
    ...TOOL_NAMES.flatMap((tool) => toolProblems(tool, config.tools[tool])),
  ]
}

function toolProblems(tool: ToolName, { mode, path }: ToolConfig): readonly string[] {
  if (mode !== 'off' && !ADAPTED_TOOLS.includes(tool)) {
    return [`tools.${tool}: "${mode}" would have no effect, this version cannot run ${tool}; allowed is off`]
  }
  return path === undefined ? [] : unreadable(`tools.${tool}.path`, path)
}

function unreadable(key: string, path: string): readonly string[] {
  try {
    accessSync(path, constants.R_OK)
    return []
  } catch (error) {
    return [
      `${key}: ${path} cannot be read (${codeOf(error)}); allowed is the path of a readable file or folder`,
    ]
  }
}

function notFolder(key: string, path: string): readonly string[] {
  const problems = unreadable(key, path)
  if (problems.length > 0 || statSync(path).isDirectory()) return problems
  return [`${key}: ${path} is not a folder`]
}

/** The folder may be missing when it can be made: its nearest existing ancestor decides. */
function unwritable(key: string, path: string): readonly string[] {
  let ancestor = path
  while (!existsSync(ancestor) && dirname(ancestor) !== ancestor) ancestor = dirname(ancestor)
  try {
    if (!statSync(ancestor).isDirectory()) return [`${key}: ${ancestor} is not a folder`]
    accessSync(ancestor, constants.W_OK)
    return []
  } catch (error) {
    return [
      `${key}: ${path} cannot be written (${codeOf(error)} at ${ancestor}); allowed is a writable folder`,
    ]
  }
}

function badCertificate(certificate: string, key: string): readonly string[] {
  const problems = [
    ...unreadable('listen.tls.certificate', certificate),
    ...unreadable('listen.tls.key', key),
  ]
  if (problems.length > 0) return problems
  try {
    const parsed = new X509Certificate(readFileSync(certificate))
    const matches = parsed.checkPrivateKey(createPrivateKey(readFileSync(key)))
    return matches ? [] : [`listen.tls.key: ${key} does not belong to ${certificate}`]
  } catch (error) {
    return [`listen.tls: ${certificate} and ${key} are not a PEM certificate and its key (${codeOf(error)})`]
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : String(error)
}
