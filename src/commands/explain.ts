// `explain`: why a package or some bytes were let in or refused, with the evidence.
import { GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import { isPurl, parsePurl } from '../model/purl.ts'
import type { Ledger, RecordedVerdict, VerdictEntry } from '../storage/ledger.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, EXIT_DONE, EXIT_NO } from './command.ts'
import { describeEvidence, describeVerdict } from './describe.ts'
import { withLedger } from './verdicts.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
} as const

interface Explanation {
  readonly verdict: VerdictEntry
  readonly history: readonly RecordedVerdict[]
  readonly evidence?: Evidence
  readonly attempts: readonly { readonly at: string; readonly code: string; readonly message: string }[]
}

export const explain: Command = {
  name: 'explain',
  summary: 'tell why something was let in or refused',
  usage: usageOf({
    name: 'explain',
    operands: 'PURL|SHA256',
    about:
      'Tells the verdicts of a package version, or of bytes by their digest, with reasons, evidence and history.',
    options: OPTIONS,
    examples: ['sallyport explain pkg:npm/express@5.1.0'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 1 })
    const filter = filterOf(positionals[0] ?? '')
    const found = await withLedger(values.config, io, async (ledger) => {
      const entries = await ledger.verdicts({ ...filter, limit: 50 })
      return Promise.all(entries.map((entry) => explanationOf(ledger, entry)))
    })
    if (values.json) io.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`)
    else io.stdout.write(found.length === 0 ? 'nothing is known of it\n' : found.map(textOf).join('\n'))
    return found.length > 0 ? EXIT_DONE : EXIT_NO
  },
}

function filterOf(text: string): { sha256: string } | { type: string; name: string; version?: string } {
  if (/^[0-9a-f]{64}$/.test(text)) return { sha256: text }
  if (isPurl(text)) return parsePurl(text)
  throw new GatewayError(
    'BAD_REQUEST',
    `${JSON.stringify(text)} is neither a package URL nor a SHA-256 in hex`,
    { arguments: true },
  )
}

async function explanationOf(ledger: Ledger, verdict: VerdictEntry): Promise<Explanation> {
  const { repository, path, sha256, type } = verdict
  const evidence = sha256 === '' ? undefined : await ledger.evidence(sha256, type)
  return {
    verdict,
    history: await ledger.verdictHistory(repository, path),
    ...(evidence === undefined ? {} : { evidence }),
    attempts: await ledger.attempts(repository, path),
  }
}

function textOf({ verdict, history, evidence, attempts }: Explanation): string {
  const lines = [
    `${verdict.name}@${verdict.version} (${verdict.repository}: ${verdict.path})`,
    ...describeVerdict(verdict),
    ...(evidence === undefined ? [] : describeEvidence(evidence)),
    ...history
      .slice(1)
      .map(({ decidedAt, outcome, actor }) => `  before: ${outcome} at ${decidedAt} by ${actor}`),
    ...attempts.map(({ at, code, message }) => `  failed: ${at} ${code} ${message}`),
  ]
  return `${lines.join('\n')}\n`
}
