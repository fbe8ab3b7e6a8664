// The page a refusal points to: what was decided about a path or a package, when, why, and on which evidence.
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ClaimState, Ledger, VerdictEntry } from '../storage/ledger.ts'

/** `target` is `<repository>/<path or package name>`, raw. */
export type ExplainPage = (target: string, accept: string | undefined) => Promise<Response>

export function createExplainPage(ledger: Ledger): ExplainPage {
  return async (target, accept) => {
    const { repository, rest } = split(target)
    const state = await ledger.claim(repository, rest)
    const value =
      state === undefined
        ? await explainPackage(ledger, repository, rest)
        : await explainArtifact(ledger, state)
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    if (accept?.includes('application/json'))
      return new Response(JSON.stringify(value), {
        headers: { ...headers, 'content-type': 'application/json' },
      })
    return new Response(asText(value), {
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
    })
  }
}

function split(target: string): { repository: string; rest: string } {
  const slash = target.indexOf('/')
  try {
    if (slash > 0)
      return { repository: target.slice(0, slash), rest: decodeURIComponent(target.slice(slash + 1)) }
  } catch (thrown) {
    throw new GatewayError(
      'BAD_REQUEST',
      'the path is not valid percent-encoding',
      {},
      { cause: asGatewayError(thrown) },
    )
  }
  throw new GatewayError('NOT_SERVED', 'ask for /-/explain/<repository>/<path or package>', {})
}

interface Explanation {
  readonly subject: string
  readonly lines: readonly string[]
  readonly verdicts: readonly unknown[]
}

async function explainArtifact(ledger: Ledger, { claim, sha256, verdict }: ClaimState): Promise<Explanation> {
  const evidence =
    sha256 === undefined ? undefined : await ledger.evidence(sha256, claim.type, verdict?.examinationKey)
  const history = await ledger.verdictHistory(claim.repository, claim.path)
  const lines = [
    `${claim.name} ${claim.version} (${claim.path})`,
    verdict === undefined
      ? 'not examined yet'
      : `${verdict.outcome} at ${verdict.decidedAt} by ${verdict.actor}, policy ${verdict.policy}`,
    ...(verdict?.reasons.map(({ text }) => `  because ${text}`) ?? []),
    ...(verdict?.warnings.map(({ text }) => `  warning ${text}`) ?? []),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...evidenceLines(evidence),
  ]
  return { subject: claim.path, lines, verdicts: history }
}

function evidenceLines(evidence: Evidence | undefined): string[] {
  if (evidence === undefined) return []
  return [
    `examined at ${evidence.examinedAt}`,
    ...evidence.findings.map(({ severity, rule, title, file, line }) => {
      const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`
      return `  ${severity} ${rule}: ${title}${place}`
    }),
    ...evidence.runs.map(
      ({ scanner, status, reason }) => `  ${scanner}: ${status}${reason === undefined ? '' : `, ${reason}`}`,
    ),
  ]
}

async function explainPackage(ledger: Ledger, repository: string, name: string): Promise<Explanation> {
  const entries = await ledger.verdicts({ repository, name, limit: 200 })
  if (entries.length === 0)
    throw new GatewayError('NOT_FOUND', `nothing is known of ${name} in ${repository}`, { repository, name })
  return { subject: name, lines: entries.map(verdictLine), verdicts: entries }
}

function verdictLine({ version, outcome, decidedAt, reasons }: VerdictEntry): string {
  const why = reasons[0] === undefined ? '' : `: ${reasons[0].text}`
  return `${version} ${outcome} at ${decidedAt}${why}`
}

/** Text an artifact's author wrote must not steer a terminal. */
function asText({ lines }: Explanation): string {
  return `${lines.map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')).join('\n')}\n`
}
