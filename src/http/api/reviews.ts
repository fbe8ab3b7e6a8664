// What waits for a person, and what a person decides: approve, reject, revoke.

import { asGatewayError } from '../../model/errors.ts'
import { parsePurl } from '../../model/purl.ts'
import type { LifecycleState, Verb } from '../../review/lifecycle.ts'
import { STATES } from '../../review/lifecycle.ts'
import { planRuling, reviewItems } from '../../review/review.ts'
import { targetOf } from '../../review/target.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, LIMIT, TEXT } from './route.ts'

interface ListQuery {
  readonly state?: LifecycleState
  readonly repository?: string
  readonly purl?: string
  readonly limit: number
}

interface RulingBody {
  readonly targets: readonly string[]
  readonly reason: string
  readonly expiresAt?: string
  readonly dryRun?: boolean
}

const SUMMARIES: Readonly<Record<Verb, string>> = {
  approve: 'Approves held artifacts by hand, for exactly the bytes and reasons that were looked at',
  reject: 'Refuses held or unknown artifacts, a version or a package, whatever the policy says',
  revoke: 'Takes back what is served: refused at once, and gone from the next index',
}

export function reviewRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { ledger, review, decidedNow } = parts

  async function rule(verb: Verb, text: string, body: RulingBody, actor: string) {
    const { reason, expiresAt, dryRun = false } = body
    const target = targetOf(text)
    const ruling = { verb, target, reason, actor, ...(expiresAt === undefined ? {} : { expiresAt }) }
    const made = await planRuling(review(), ruling)
    if (!dryRun) await ledger.waivers.add(made)
    return made.map(({ waiver }) => waiver)
  }

  const verbRoute = (verb: Verb) =>
    apiRoute<unknown, RulingBody>({
      method: 'POST',
      path: `/reviews/${verb}`,
      role: 'reviewer',
      summary: SUMMARIES[verb],
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['targets', 'reason'],
        properties: {
          targets: { type: 'array', minItems: 1, maxItems: 100, items: TEXT },
          reason: TEXT,
          expiresAt: TEXT,
          dryRun: { type: 'boolean', default: false },
        },
      },
      /** Each target for itself: one that cannot be decided does not keep the others from it. */
      async run({ body, actor }) {
        const results = []
        for (const target of body.targets)
          results.push(
            await rule(verb, target, body, actor).then(
              (waivers) => ({ target, ok: true, waivers }),
              (thrown) => failureOf(target, thrown),
            ),
          )
        await decidedNow()
        const failed = results.filter(({ ok }) => !ok)
        return { status: failed.length === results.length ? 409 : 200, json: { results } }
      },
    })

  return [
    apiRoute<ListQuery>({
      method: 'GET',
      path: '/reviews',
      role: 'viewer',
      summary: 'Artifacts with the state of their life, newest decision first',
      query: { state: { enum: [...STATES] }, repository: TEXT, purl: TEXT, limit: LIMIT },
      async run({ query: { state, purl, ...rest } }) {
        const filter = {
          ...rest,
          ...(purl === undefined ? {} : parsePurl(purl)),
          ...(state === undefined ? {} : { states: [state] }),
        }
        return { json: await reviewItems(review(), filter) }
      },
    }),
    verbRoute('approve'),
    verbRoute('reject'),
    verbRoute('revoke'),
  ]
}

function failureOf(target: string, thrown: unknown) {
  const { code, message } = asGatewayError(thrown)
  // Only what the caller can mend is told here; the rest is a failure of the call.
  if (code !== 'CONFLICT' && code !== 'NOT_FOUND' && code !== 'BAD_REQUEST') throw thrown
  return { target, ok: false, code, detail: message }
}
