// A policy's own tests: facts in, expected verdict out, as a YAML file beside the policy.
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import type { VulnerabilityRecord } from '../model/advisory.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { Evidence, ScannerRun } from '../model/evidence.ts'
import type { Finding } from '../model/finding.ts'
import type { MalwareRecord } from '../model/malware.ts'
import { parsePurl } from '../model/purl.ts'
import { tellSchemaErrors } from '../model/schema-errors.ts'
import type { Outcome, Verdict } from '../model/verdict.ts'
import { decide } from './decide.ts'
import type { Policy } from './policy.ts'
import type { VersionOrder } from './version-range.ts'

export interface PolicyCase {
  readonly name: string
  /** Time of the decision; now unless told. */
  readonly now?: string
  readonly package: string
  readonly publishedAt?: string
  readonly repository?: string
  readonly url?: string
  readonly publisher?: string
  readonly licence?: string
  readonly maintainers?: readonly string[]
  readonly hooks?: readonly string[]
  readonly nativeCode?: readonly string[]
  readonly findings?: readonly (Pick<Finding, 'rule'> & Partial<Finding>)[]
  readonly malware?: readonly Partial<MalwareRecord>[]
  readonly vulnerabilities?: readonly (Pick<VulnerabilityRecord, 'id'> & Partial<VulnerabilityRecord>)[]
  readonly failedScanners?: readonly ('required' | 'optional')[]
  readonly expect: Outcome
  /** Rules that must be among the reasons. */
  readonly reasons?: readonly string[]
}

export interface CaseResult {
  readonly name: string
  readonly passed: boolean
  readonly expected: string
  readonly got: Verdict
}

export interface CaseFile {
  /** Shipped name, or a path relative to the file. */
  readonly policy: string
  readonly cases: readonly PolicyCase[]
}

const TEXTS = { type: 'array', items: { type: 'string' } }
const RECORDS = { type: 'array', items: { type: 'object' } }
const CASE = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'package', 'expect'],
  properties: {
    ...Object.fromEntries(
      ['name', 'now', 'package', 'publishedAt', 'repository', 'url', 'publisher', 'licence'].map((key) => [
        key,
        { type: 'string', minLength: 1 },
      ]),
    ),
    ...{ maintainers: TEXTS, hooks: TEXTS, nativeCode: TEXTS, reasons: TEXTS },
    ...{ malware: RECORDS },
    vulnerabilities: { type: 'array', items: { type: 'object', required: ['id'] } },
    findings: { type: 'array', items: { type: 'object', required: ['rule'] } },
    failedScanners: { type: 'array', items: { enum: ['required', 'optional'] } },
    expect: { enum: ['approved', 'held', 'blocked'] },
  },
}
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['policy', 'cases'],
  properties: {
    policy: { type: 'string', minLength: 1 },
    cases: { type: 'array', minItems: 1, items: CASE },
  },
}

/** Throws CONFIG_INVALID with every problem. */
export function readCases(file: string): CaseFile {
  let value: unknown
  try {
    value = parse(readFileSync(file, 'utf8'), { uniqueKeys: true })
  } catch (cause) {
    throw refused(file, [cause instanceof Error ? cause.message : String(cause)], cause)
  }
  const isCases = new Ajv({ allErrors: true, verbose: true }).compile<CaseFile>(SCHEMA)
  if (!isCases(value)) throw refused(file, tellSchemaErrors(isCases.errors ?? []))
  const dates = value.cases.flatMap(({ name, now, publishedAt }) =>
    [now, publishedAt].flatMap((date) =>
      date === undefined || !Number.isNaN(Date.parse(date)) ? [] : [`cases.${name}: "${date}" is no date`],
    ),
  )
  if (dates.length > 0) throw refused(file, dates)
  return value
}

export function runCase(one: PolicyCase, policy: Policy, order: VersionOrder): CaseResult {
  const { name, reasons = [], expect } = one
  const got = decide({
    claim: claimOf(one),
    evidence: evidenceOf(one),
    malware: (one.malware ?? []).map((record) => ({ ...MALWARE, ...record })),
    vulnerabilities: (one.vulnerabilities ?? []).map((record) => ({ ...VULNERABILITY, ...record })),
    policy,
    now: one.now === undefined ? new Date() : new Date(one.now),
    order,
  })
  const rules = got.reasons.map(({ rule }) => rule)
  const passed = got.outcome === expect && reasons.every((rule) => rules.includes(rule))
  return { name, passed, expected: [expect, ...reasons].join(' '), got }
}

const MALWARE: MalwareRecord = {
  id: 'MAL-0',
  kind: 'malware',
  summary: '',
  source: 'case',
  wholePackage: false,
}
const VULNERABILITY = { aliases: [], summary: '', kev: false } as const
const FINDING = { layer: 'code', severity: 'high', title: 'of the case' } as const

function claimOf({ package: purl, publishedAt, repository, url, publisher }: PolicyCase): ArtifactClaim {
  const { type, name, version = '0' } = parsePurl(purl)
  return {
    repository: repository ?? type,
    type,
    name,
    version,
    path: `${name}-${version}`,
    indexKey: name,
    url: url ?? 'http://upstream.test/',
    digests: {},
    ...(publishedAt === undefined ? { publishedAt: '2000-01-01T00:00:00.000Z' } : { publishedAt }),
    facts: publisher === undefined ? {} : { publisher },
  }
}

function evidenceOf(one: PolicyCase): Evidence {
  const { licence, maintainers = [], hooks = [], nativeCode = [], findings = [], failedScanners = [] } = one
  return {
    sha256: '0'.repeat(64),
    type: parsePurl(one.package).type,
    examinationKey: 'case',
    examinedAt: '2000-01-01T00:00:00.000Z',
    findings: findings.map((finding) => ({ ...FINDING, ...finding })),
    runs: failedScanners.map(
      (kind): ScannerRun => ({
        ...{ scanner: `${kind} scanner`, version: 1, layer: 'code', status: 'failed', milliseconds: 0 },
        required: kind === 'required',
      }),
    ),
    summary: {
      ...(licence === undefined ? {} : { licence }),
      ...{ maintainers, hooks, nativeCode, fileCount: 1, unpackedBytes: 1 },
      ...{ foreignDependencies: [], capabilities: [] },
    },
  }
}

function refused(file: string, problems: readonly string[], cause?: unknown): GatewayError {
  const list = problems.map((problem) => `  - ${problem}`).join('\n')
  return new GatewayError('CONFIG_INVALID', `the cases ${file} are refused:\n${list}`, { file }, { cause })
}
