// Small changes to settings files that keep everything else as it is.
import { GatewayError } from '../../model/errors.ts'
import type { ServedRepository, SetupContext } from './client.ts'

/** Sets `key=value` in a file without sections; a line that sets it already is replaced. */
export function setLine(content: string, isKey: RegExp, line: string): string {
  const lines = splitLines(content)
  const at = lines.findIndex((one) => isKey.test(one))
  if (at === -1) return `${[...lines, line].join('\n')}\n`
  return `${lines.map((one, index) => (index === at ? line : one)).join('\n')}\n`
}

/** Sets a line inside `[section]`, which is added at the end when it is missing. */
export function setInSection(content: string, section: string, isKey: RegExp, line: string): string {
  const lines = splitLines(content)
  const start = lines.findIndex((one) => one.trim() === `[${section}]`)
  if (start === -1)
    return `${[...lines, ...(lines.length > 0 ? [''] : []), `[${section}]`, line].join('\n')}\n`
  const next = lines.findIndex((one, index) => index > start && /^\s*\[/.test(one))
  const end = next === -1 ? lines.length : next
  const body = lines.slice(start + 1, end).filter((one) => !isKey.test(one))
  return `${[...lines.slice(0, start + 1), line, ...body, ...lines.slice(end)].join('\n')}\n`
}

function splitLines(content: string): readonly string[] {
  const lines = content.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** The first repository of a kind. */
export function repositoryOf(context: SetupContext, type: string): ServedRepository {
  const found = context.repositories.find((one) => one.type === type)
  if (found !== undefined) return found
  const served = context.repositories.map(({ name, type: kind }) => `${name} (${kind})`).join(', ')
  throw new GatewayError(
    'BAD_REQUEST',
    `the gateway has no repository of type ${type}; it has: ${served || 'none'}`,
  )
}

/** Where the gateway serves the public keys of the indexes it signs. */
export const OPENPGP_KEY = '/-/keys/sallyport.asc'

/** All repositories of a kind, at least one. */
export function servedOf(context: SetupContext, type: string): readonly ServedRepository[] {
  repositoryOf(context, type)
  return context.repositories.filter((one) => one.type === type)
}

/** Whether a source of a client leads to an upstream that the gateway serves. */
export function replaces(served: readonly ServedRepository[], uri: string): boolean {
  const plain = uri.replace(/\/+$/, '')
  return served.some(({ upstreams }) => upstreams.includes(plain))
}

/** How the key gets to where the client looks for it. */
export function keyNote({ publicUrl }: SetupContext, key: string, path: string): string {
  return `Save the gateway's key first: curl -fsS ${publicUrl}${key} -o ${path}`
}

/** Whether clients that insist on TLS must be told that plain HTTP is meant. */
export function isPlainHttp(url: string): boolean {
  return url.startsWith('http:')
}

/** Names that clients treat as this very machine. */
export function isLoopback(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)
}
