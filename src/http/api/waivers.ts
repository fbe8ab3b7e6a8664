// Waivers: listed, made, taken back.
import { GatewayError } from '../../model/errors.ts'
import { newException } from '../../review/exceptions.ts'
import { targetOf } from '../../review/target.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, TEXT } from './route.ts'

interface WaiverBody {
  readonly target?: string
  readonly versions?: string
  readonly rules?: readonly string[]
  readonly reason: string
  readonly expiresAt: string
  readonly force?: boolean
  readonly emergency?: boolean
  readonly dryRun?: boolean
}

export function waiverRoutes({ ledger, now, review, decidedNow }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute<{ readonly ended?: boolean }>({
      method: 'GET',
      path: '/waivers',
      role: 'viewer',
      summary: 'Exceptions of every kind, newest first',
      query: { ended: { type: 'boolean', description: 'those that have ended too' } },
      run: async ({ query }) => ({ json: await ledger.waivers.list(query) }),
    }),
    apiRoute<unknown, WaiverBody>({
      method: 'POST',
      path: '/waivers',
      role: 'reviewer',
      summary: 'Sets rules aside for bytes, a version, a range, a package, or everywhere, until a time',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['reason', 'expiresAt'],
        properties: {
          target: { ...TEXT, description: 'package URL or SHA-256; absent: every package, for named rules' },
          versions: { ...TEXT, description: 'vers range, e.g. >=1.2.0|<1.3.0' },
          rules: {
            type: 'array',
            minItems: 1,
            maxItems: 50,
            items: TEXT,
            description: 'globs; absent: every rule',
          },
          reason: TEXT,
          expiresAt: { ...TEXT, description: 'ISO 8601' },
          force: { type: 'boolean', description: 'also malware, archive hazards, wrong bytes' },
          emergency: { type: 'boolean', description: 'a day at most, and loud' },
          dryRun: { type: 'boolean' },
        },
      },
      async run({ body: { target, versions, rules = ['*'], dryRun = false, ...wish }, actor }) {
        const about = target === undefined ? {} : targetOf(target, versions)
        const made = newException(
          { ...wish, target: about, rules, effect: 'waive' },
          actor,
          now(),
          review().limits,
        )
        if (!dryRun) {
          await ledger.waivers.add([made])
          await decidedNow()
        }
        return { status: dryRun ? 200 : 201, json: made.waiver }
      },
    }),
    apiRoute<unknown, { readonly reason: string }>({
      method: 'POST',
      path: '/waivers/{id}/end',
      role: 'reviewer',
      summary: 'Takes an exception back before its time',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['reason'],
        properties: { reason: TEXT },
      },
      async run({ parameters, body: { reason }, actor }) {
        const id = parameters['id'] ?? ''
        const at = now().toISOString()
        const fact = { at, actor, action: 'waiver-ended', subject: `waiver:${id}`, details: { reason } }
        if (!(await ledger.waivers.end(id, { at, by: actor, reason }, fact)))
          throw new GatewayError('NOT_FOUND', 'there is no such exception, or it has ended', { id })
        await decidedNow()
        return { json: { id, endedAt: at } }
      },
    }),
  ]
}
