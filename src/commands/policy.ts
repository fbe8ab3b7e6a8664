// `policy`: checks a policy file, runs its own cases, and replays the requests on record against it.
import { dirname, resolve } from 'node:path'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import { readCases, runCase } from '../policy/case.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy, PolicyRule } from '../policy/policy.ts'
import { type ReplayChange, type ReplayReport, replayPolicy, versionOrder } from '../policy-run.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
  policy: { type: 'string', value: 'NAME|FILE', help: 'replay: the candidate' },
  days: { type: 'string', value: 'N', help: 'replay: requests of the last N days (default 7)' },
} as const

const DAY_MS = 86_400_000

export const policy: Command = {
  name: 'policy',
  summary: 'check a policy, run its cases, or replay past requests against it',
  usage: usageOf({
    name: 'policy',
    operands: 'check NAME|FILE | test FILE | replay',
    about:
      'check reads a policy and lists its rules in order; test runs cases in YAML; replay tells what a candidate would have refused or allowed of the requests on record. Exit code 0: sound, all passed, no difference; 1: refused, one failed, a difference; 2: could not tell.',
    options: OPTIONS,
    examples: [
      'sallyport policy check ours.yaml',
      'sallyport policy test ours.test.yaml',
      'sallyport policy replay --days 30 --policy ours.yaml',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 2 })
    const [verb, operand] = positionals
    if (verb === 'check' && operand !== undefined) return check(operand, values.json ?? false, io)
    if (verb === 'test' && operand !== undefined) return test(operand, values.json ?? false, io)
    if (verb === 'replay' && operand === undefined) return replay(values, io)
    throw badArguments('say check FILE, test FILE, or replay --policy FILE')
  },
}

function check(name: string, json: boolean, io: CommandIo): number {
  let loaded: Policy
  try {
    loaded = loadPolicy(name, io.cwd)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    if (json) io.stdout.write(`${JSON.stringify({ valid: false, ...error.facts, message: error.message })}\n`)
    else io.stderr.write(`${error.message}\n`)
    return EXIT_NO
  }
  if (json) io.stdout.write(`${JSON.stringify({ valid: true, ...loaded }, undefined, 2)}\n`)
  else
    io.stdout.write(
      `${loaded.revision}: mode ${loaded.mode}, index ${loaded.indexMode}\n${columns(loaded.rules.map(ruleRow))}`,
    )
  return EXIT_DONE
}

function ruleRow({ id, subject, outcome, when, except, untilMs }: PolicyRule, at: number): string[] {
  const conditions = Object.entries(when).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  return [
    String(at + 1),
    id,
    outcome,
    subject,
    [
      ...conditions,
      ...(except.length === 0 ? [] : [`except: ${except.join(', ')}`]),
      ...(untilMs === undefined ? [] : [`until ${new Date(untilMs).toISOString()}`]),
    ].join('; '),
  ]
}

function test(name: string, json: boolean, io: CommandIo): number {
  const file = resolve(io.cwd, name)
  const { policy: policyName, cases } = readCases(file)
  const loaded = loadPolicy(policyName, dirname(file))
  const results = cases.map((one) => runCase(one, loaded, versionOrder))
  const failed = results.filter(({ passed }) => !passed)
  if (json) io.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
  else {
    for (const { name: told, expected, got } of failed)
      io.stdout.write(
        `FAILED ${told}\n  expected ${expected}\n  got ${got.outcome} ${got.reasons.map(({ rule, text }) => `${rule}: ${text}`).join('; ')}\n`,
      )
    io.stdout.write(`${results.length - failed.length} of ${results.length} cases passed\n`)
  }
  return failed.length === 0 ? EXIT_DONE : EXIT_NO
}

async function replay(
  values: {
    config?: string | undefined
    json?: boolean | undefined
    policy?: string | undefined
    days?: string | undefined
  },
  io: CommandIo,
): Promise<number> {
  if (values.policy === undefined) throw badArguments('replay needs --policy NAME|FILE')
  const days = Number(values.days ?? 7)
  if (!Number.isFinite(days) || days <= 0)
    throw new GatewayError('BAD_REQUEST', `--days ${values.days}: a number above 0`, { arguments: true })
  const candidate = loadPolicy(values.policy, io.cwd)
  const config = await configOf(values.config, io)
  const report = await replayPolicy(config, candidate, new Date(Date.now() - days * DAY_MS))
  io.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : replayText(report))
  return report.newlyRefused.length + report.newlyAllowed.length === 0 ? EXIT_DONE : EXIT_NO
}

function replayText({
  since,
  policy: name,
  artifacts,
  requests,
  newlyRefused,
  newlyAllowed,
  unknown,
}: ReplayReport) {
  return [
    `${name} on ${requests} requests for ${artifacts} artifacts since ${since}\n`,
    `newly refused: ${newlyRefused.length}\n`,
    columns(newlyRefused.map(changeRow)),
    `newly allowed: ${newlyAllowed.length}\n`,
    columns(newlyAllowed.map(changeRow)),
    unknown === 0 ? '' : `could not be told: ${unknown} (no longer listed, or never examined)\n`,
  ].join('')
}

function changeRow({ repository, name, version, served, refused, after, reasons, instead }: ReplayChange) {
  return [
    `  ${repository}`,
    `${name}@${version}`,
    `served ${served}, refused ${refused}`,
    after,
    instead === undefined ? '' : `instead ${instead}`,
    reasons[0]?.text ?? '',
  ]
}
