// What an examiner may answer. It has handled hostile bytes, so nothing it says is believed before it has this shape.
import { Ajv, type ValidateFunction } from 'ajv'
import { LAYERS, SEVERITIES } from '../../model/finding.ts'
import type { Examined, expectedRuns } from '../run.ts'

const text = (maxLength: number) => ({ type: 'string', maxLength })
const texts = { type: 'array', maxItems: 200, items: text(300) }
const count = { type: 'number', minimum: 0 }

const FINDING = {
  type: 'object',
  additionalProperties: false,
  required: ['rule', 'layer', 'severity', 'title'],
  properties: {
    rule: { ...text(200), minLength: 1 },
    layer: { enum: LAYERS },
    severity: { enum: SEVERITIES },
    title: text(300),
    detail: text(1000),
    file: text(1024),
    line: { type: 'integer', minimum: 0 },
    snippet: text(200),
    reach: { enum: ['install', 'import', 'any'] },
    behaviour: { type: 'integer', minimum: 1, maximum: 41 },
    remediation: text(1000),
  },
}

const RUN = {
  type: 'object',
  additionalProperties: false,
  required: ['scanner', 'version', 'layer', 'status', 'milliseconds', 'required'],
  properties: {
    scanner: text(100),
    version: { type: 'integer' },
    layer: { enum: LAYERS },
    status: { enum: ['ran', 'skipped', 'failed'] },
    reason: text(2000),
    milliseconds: count,
    required: { const: true },
  },
}

const SUMMARY = {
  type: 'object',
  additionalProperties: false,
  required: [
    'maintainers',
    'hooks',
    'nativeCode',
    'fileCount',
    'unpackedBytes',
    'foreignDependencies',
    'capabilities',
  ],
  properties: {
    name: text(300),
    version: text(300),
    licence: text(300),
    repositoryUrl: text(300),
    maintainers: texts,
    hooks: texts,
    nativeCode: texts,
    fileCount: count,
    unpackedBytes: count,
    foreignDependencies: texts,
    capabilities: texts,
  },
}

const EXAMINED = {
  type: 'object',
  additionalProperties: false,
  required: ['findings', 'runs', 'summary'],
  properties: {
    findings: { type: 'array', maxItems: 500, items: FINDING },
    runs: { type: 'array', maxItems: 100, items: RUN },
    summary: SUMMARY,
    sbom: { type: 'object' },
  },
}

export type ExpectedRuns = ReturnType<typeof expectedRuns>

/** Checks one answer; returns what is wrong with it, or the answer as what it is. */
export type CheckAnswer = (
  answer: unknown,
  expected: ExpectedRuns,
) => { examined: Examined } | { wrong: string }

export function createAnswerCheck(): CheckAnswer {
  const ajv = new Ajv({ strict: true, allErrors: false })
  const isExamined: ValidateFunction<Examined> = ajv.compile<Examined>(EXAMINED)
  return (answer, expected) => {
    if (!isExamined(answer)) return { wrong: ajv.errorsText(isExamined.errors) }
    // Every scanner must be accounted for, in order: a run that is left out would read as nothing to report.
    const same =
      answer.runs.length === expected.length &&
      expected.every((run, index) => {
        const given = answer.runs[index]
        return given?.scanner === run.scanner && given.version === run.version && given.layer === run.layer
      })
    return same ? { examined: answer } : { wrong: 'the runs are not those of the scanners' }
  }
}
