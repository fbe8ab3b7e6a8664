// `check` for CI: package URLs in, a table of verdicts out, and one word on all of them.
import { mayRead } from '../../access/token.ts'
import { type Purl, parsePurl } from '../../model/purl.ts'
import { reviewItems } from '../../review/review.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute } from './route.ts'

interface CheckBody {
  readonly purls: readonly string[]
  readonly examine?: boolean
}

const MAX_PURLS = 2000

export function checkRoutes({ review, examineVersion, ledger }: ApiParts): readonly ApiRoute[] {
  /** An artifact that is not approved decides for its version: an installer may pick any of them. */
  async function rowOf(text: string, purl: Purl, isReadable: (repository: string) => boolean) {
    const { type, name, version } = purl
    const filter = {
      type,
      name,
      ...(version === undefined ? {} : { version }),
      limit: Number.POSITIVE_INFINITY,
    }
    const items = (await reviewItems(review(), filter)).filter(({ verdict }) =>
      isReadable(verdict.repository),
    )
    const artifacts = items.map(({ state, verdict }) => ({
      repository: verdict.repository,
      path: verdict.path,
      sha256: verdict.sha256,
      state,
      outcome: verdict.outcome,
      reasons: verdict.reasons,
    }))
    const outcomes = new Set(artifacts.map(({ outcome }) => outcome))
    const outcome = (['blocked', 'held', 'approved'] as const).find((one) => outcomes.has(one)) ?? 'unknown'
    return { purl: text, outcome, artifacts }
  }

  return [
    apiRoute<unknown, CheckBody>({
      method: 'POST',
      path: '/check',
      role: 'client',
      summary:
        'Verdicts on package URLs; with `examine`, what is unknown is examined first. `ok` is true when all are approved',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['purls'],
        properties: {
          purls: {
            type: 'array',
            minItems: 1,
            maxItems: MAX_PURLS,
            items: { type: 'string', maxLength: 500 },
          },
          examine: { type: 'boolean', default: false },
        },
      },
      async run({ body: { purls, examine = false }, caller }) {
        const asked = purls.map((text) => ({ text, purl: parsePurl(text) }))
        const isReadable = (repository: string) => mayRead(caller, repository)
        const table = () => Promise.all(asked.map(({ text, purl }) => rowOf(text, purl, isReadable)))
        let results = await table()
        let problems: readonly string[] = []
        const unknown = asked.filter((_, at) => results[at]?.outcome === 'unknown').map(({ purl }) => purl)
        if (examine && unknown.length > 0) {
          problems = await examineVersion(unknown, isReadable)
          results = await table()
        }
        const count = (outcome: string) => results.filter((one) => one.outcome === outcome).length
        const summary = {
          approved: count('approved'),
          held: count('held'),
          blocked: count('blocked'),
          unknown: count('unknown'),
        }
        const revision = await ledger.revision()
        return { json: { ok: summary.approved === results.length, summary, results, problems, revision } }
      },
    }),
  ]
}
