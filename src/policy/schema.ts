// Checks a policy document against policies/policy.schema.json.
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { PurlType } from '../model/claim.ts'
import type { Layer, Reach, Severity } from '../model/finding.ts'
import type { MalwareKind } from '../model/malware.ts'
import { tellSchemaErrors } from '../model/schema-errors.ts'
import type { RuleOutcome } from './policy.ts'

export interface ConditionsDocument {
  readonly severity?: Severity
  readonly rule?: readonly string[]
  readonly layer?: readonly Layer[]
  readonly reach?: readonly Reach[]
  readonly malware?: readonly MalwareKind[]
  readonly youngerThan?: string
  readonly ageUnknown?: true
  readonly hooks?: true
  readonly nativeCode?: true
  readonly failedScanner?: readonly ('required' | 'optional')[]
  readonly ecosystem?: readonly PurlType[]
  readonly package?: readonly string[]
}

export interface RuleDocument {
  readonly id: string
  readonly when: ConditionsDocument
  readonly except?: readonly string[]
  readonly outcome: RuleOutcome
  readonly message?: string
}

export interface PolicyDocument {
  readonly name: string
  readonly description?: string
  readonly extends?: string
  readonly mode?: 'enforce' | 'record'
  readonly indexMode?: 'lazy' | 'strict'
  readonly rules: readonly RuleDocument[]
}

const SCHEMA_FILE = new URL('../../policies/policy.schema.json', import.meta.url)

/** The document, typed, or every problem with it: key, value and what is allowed. */
export function schemaProblems(
  value: unknown,
): { document: PolicyDocument } | { problems: readonly string[] } {
  const schema: unknown = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))
  if (typeof schema !== 'object' || schema === null) throw new TypeError('the policy schema is not an object')
  const isPolicy = new Ajv({ allErrors: true, verbose: true, strict: true }).compile<PolicyDocument>(schema)
  return isPolicy(value) ? { document: value } : { problems: tellSchemaErrors(isPolicy.errors ?? []) }
}
