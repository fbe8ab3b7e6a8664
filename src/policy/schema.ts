// Checks a policy document against policies/policy.schema.json.
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import type { PurlType } from '../model/claim.ts'
import type { Layer, Reach, Severity } from '../model/finding.ts'
import type { MalwareKind } from '../model/malware.ts'
import { tellSchemaErrors } from '../model/schema-errors.ts'
import type { RuleOutcome } from './policy.ts'

/** What differs from the last approved version, and the findings that say so. */
export const CHANGES = {
  'install-hook': ['change-new-install-hook'],
  capability: ['change-new-capability'],
  'native-code': ['change-new-native-code'],
  'foreign-dependency': ['change-new-foreign-dependency'],
  maintainer: ['change-new-maintainer'],
  repository: ['change-repository-url'],
  size: ['change-size-jump'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** What is known of where a file was built, and the findings that say so. */
export const PROVENANCE = {
  present: ['*-attested'],
  missing: ['*-unattested', '*-attestation-missing'],
  lost: ['*-attestation-lost'],
  invalid: ['*-attestation-invalid'],
  unverified: ['*-attestation-unverified'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export interface ConditionsDocument {
  readonly severity?: Severity
  readonly rule?: readonly string[]
  readonly layer?: readonly Layer[]
  readonly reach?: readonly Reach[]
  readonly malware?: readonly MalwareKind[]
  readonly vulnerability?: Severity | 'any'
  readonly cvss?: number
  readonly epss?: number
  readonly kev?: boolean
  readonly fixAvailable?: boolean
  readonly advisory?: readonly string[]
  readonly youngerThan?: string
  readonly ageUnknown?: true
  readonly hooks?: true
  readonly nativeCode?: true
  readonly failedScanner?: readonly ('required' | 'optional')[]
  readonly changed?: readonly (keyof typeof CHANGES)[]
  readonly provenance?: readonly (keyof typeof PROVENANCE)[]
  readonly licenceIn?: readonly string[]
  readonly licenceNotIn?: readonly string[]
  readonly licenceUnknown?: true
  readonly maintainer?: readonly string[]
  readonly maintainerNotIn?: readonly string[]
  readonly publisher?: readonly string[]
  readonly publisherNotIn?: readonly string[]
  readonly ecosystem?: readonly PurlType[]
  readonly repository?: readonly string[]
  readonly source?: readonly string[]
  readonly version?: readonly string[]
  readonly package?: readonly string[]
}

export interface RuleDocument {
  readonly id: string
  readonly when: ConditionsDocument
  readonly except?: readonly string[]
  readonly outcome: RuleOutcome
  readonly until?: string
  readonly for?: 'review'
  readonly fastLane?: boolean
  readonly message?: string
}

export interface AcceptedDocument {
  readonly advisory: string
  readonly package?: readonly string[]
  readonly reason: string
  readonly expires: string
}

export interface PolicyDocument {
  readonly name: string
  readonly description?: string
  readonly extends?: string
  readonly mode?: 'enforce' | 'record'
  readonly indexMode?: 'lazy' | 'strict'
  readonly rules: readonly RuleDocument[]
  readonly acceptAdvisories?: readonly AcceptedDocument[]
  readonly denyAdvisories?: readonly string[]
}

const SCHEMA_FILE = new URL('../../policies/policy.schema.json', import.meta.url)

/** The document, typed, or every problem with it: key, value and what is allowed. */
export function schemaProblems(
  value: unknown,
): { document: PolicyDocument } | { problems: readonly string[] } {
  const perClient = perClientProblems(value)
  if (perClient.length > 0) return { problems: perClient }
  const isPolicy = policyCheck()
  return isPolicy(value) ? { document: value } : { problems: tellSchemaErrors(isPolicy.errors ?? []) }
}

let compiled: ValidateFunction<PolicyDocument> | undefined

/** Compiled once: every start reads a policy and all that it extends, some read it twice. */
function policyCheck(): ValidateFunction<PolicyDocument> {
  if (compiled === undefined) {
    const schema: unknown = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))
    if (typeof schema !== 'object' || schema === null)
      throw new TypeError('the policy schema is not an object')
    compiled = new Ajv({ allErrors: true, verbose: true, strict: true }).compile<PolicyDocument>(schema)
  }
  return compiled
}

const PER_CLIENT = ['token', 'tokenLabel', 'client', 'clientAddress', 'userAgent']

/** Wished for, and not sound here: said as what it is rather than as an unknown key. */
function perClientProblems(value: unknown): readonly string[] {
  const rules = isTree(value) && Array.isArray(value['rules']) ? value['rules'] : []
  return rules.flatMap((rule: unknown, at) => {
    const when = isTree(rule) && isTree(rule['when']) ? rule['when'] : {}
    return PER_CLIENT.filter((key) => key in when).map(
      (key) =>
        `rules[${at}].when.${key}: a verdict and a rendered index are shared by all clients of a repository, so no rule can ask who asks; ` +
        'give those clients a repository of their own with its own policy, and tokens that open only it',
    )
  })
}

function isTree(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
