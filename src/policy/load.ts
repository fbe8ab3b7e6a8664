// Reads a policy, shipped or the operator's, and refuses whatever it does not fully understand.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { GatewayError } from '../model/errors.ts'
import type { AcceptedAdvisory, Policy, PolicyRule } from './policy.ts'
import { isDate, parseRule } from './rule.ts'
import { type AcceptedDocument, type PolicyDocument, schemaProblems } from './schema.ts'

export const SHIPPED_POLICIES = ['monitor', 'balanced', 'strict'] as const

const SHIPPED_FOLDER = fileURLToPath(new URL('../../policies/', import.meta.url))
const MAX_CHAIN = 5

/**
 * A policy by shipped name, or by path when it ends in .yaml, .yml or .json (relative to `directory`), with all it extends.
 * Throws CONFIG_INVALID with every problem; an unknown key or condition is one of them.
 */
export function loadPolicy(nameOrPath: string, directory: string): Policy {
  const chain = readChain(locatePolicy(nameOrPath, directory))
  const [first] = chain
  if (first === undefined) throw invalid(nameOrPath, ['is empty'])
  const rules = chain.flatMap(({ file, document }) => parseRules(file, document))
  refuseDuplicates(nameOrPath, rules)
  const content = {
    mode: pick(chain, 'mode') ?? 'enforce',
    indexMode: pick(chain, 'indexMode') ?? 'lazy',
    rules,
    ...acceptedOf(chain),
    ...deniedOf(chain),
  }
  return Object.freeze({
    name: first.document.name,
    description: first.document.description ?? '',
    revision: `${first.document.name}@${hashOf(content)}`,
    ...content,
  })
}

/** The file a policy name stands for. */
export function locatePolicy(nameOrPath: string, directory: string): string {
  const shipped: readonly string[] = SHIPPED_POLICIES
  if (shipped.includes(nameOrPath)) return `${SHIPPED_FOLDER}${nameOrPath}.yaml`
  if (/\.(ya?ml|json)$/.test(nameOrPath)) {
    return isAbsolute(nameOrPath) ? nameOrPath : resolve(directory, nameOrPath)
  }
  throw new GatewayError(
    'CONFIG_INVALID',
    `policy "${nameOrPath}" is unknown: allowed are ${SHIPPED_POLICIES.join(', ')}, or the path of a .yaml file`,
    { policy: nameOrPath },
  )
}

interface ReadPolicy {
  readonly file: string
  readonly document: PolicyDocument
}

function readChain(file: string, seen: readonly string[] = []): readonly ReadPolicy[] {
  if (seen.includes(file) || seen.length >= MAX_CHAIN) {
    throw invalid(file, [`extends: more than ${MAX_CHAIN} policies, or a circle`])
  }
  const document = readDocument(file)
  if (document.extends === undefined) return [{ file, document }]
  const base = locatePolicy(document.extends, dirname(file))
  return [{ file, document }, ...readChain(base, [...seen, file])]
}

function readDocument(file: string): PolicyDocument {
  let value: unknown
  try {
    value = parse(readFileSync(file, 'utf8'), { uniqueKeys: true })
  } catch (cause) {
    throw invalid(file, [cause instanceof Error ? cause.message : String(cause)], cause)
  }
  const checked = schemaProblems(value)
  if ('problems' in checked) throw invalid(file, checked.problems)
  return checked.document
}

function parseRules(file: string, document: PolicyDocument): readonly PolicyRule[] {
  const parsed = document.rules.map(parseRule)
  const problems = parsed.flatMap((one) => ('problem' in one ? [one.problem] : []))
  if (problems.length > 0) throw invalid(file, problems)
  return parsed.flatMap((one) => ('rule' in one ? [one.rule] : []))
}

/** Absent when there is none, so that the revision of a policy without them stays what it was. */
function acceptedOf(chain: readonly ReadPolicy[]): Pick<Policy, 'acceptedAdvisories'> {
  const acceptedAdvisories = chain.flatMap(({ file, document }) =>
    (document.acceptAdvisories ?? []).map((one) => acceptedAdvisory(file, one)),
  )
  return acceptedAdvisories.length === 0 ? {} : { acceptedAdvisories }
}

function deniedOf(chain: readonly ReadPolicy[]): Pick<Policy, 'deniedAdvisories'> {
  const deniedAdvisories = chain.flatMap(({ document }) => document.denyAdvisories ?? [])
  return deniedAdvisories.length === 0 ? {} : { deniedAdvisories }
}

function acceptedAdvisory(file: string, document: AcceptedDocument): AcceptedAdvisory {
  const { expires, ...rest } = document
  if (!isDate(expires)) throw invalid(file, [`acceptAdvisories: "${expires}" is no date of the calendar`])
  return { ...rest, expiresMs: Date.parse(expires) }
}

function refuseDuplicates(file: string, rules: readonly PolicyRule[]): void {
  const ids = rules.map(({ id }) => id)
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
  if (twice.length > 0) throw invalid(file, [`rules: used twice: ${twice.join(', ')}`])
}

function pick<K extends 'mode' | 'indexMode'>(
  chain: readonly ReadPolicy[],
  key: K,
): PolicyDocument[K] | undefined {
  return chain.find(({ document }) => document[key] !== undefined)?.document[key]
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12)
}

function invalid(file: string, problems: readonly string[], cause?: unknown): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `policy ${file} is refused:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    { file, problems },
    { cause },
  )
}
