// What was decided: newest verdicts, their history, and the evidence and SBOM behind them.
import { GatewayError } from '../../model/errors.ts'
import type { Evidence } from '../../model/evidence.ts'
import { parsePurl } from '../../model/purl.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, LIMIT, TEXT } from './route.ts'

interface VerdictQuery {
  readonly purl?: string
  readonly repository?: string
  readonly sha256?: string
  readonly outcome?: string
  readonly limit: number
}

interface PathQuery {
  readonly repository: string
  readonly path: string
}

const DIGEST = { type: 'string', pattern: '^[0-9a-f]{64}$' }

export function verdictRoutes({ ledger }: ApiParts): readonly ApiRoute[] {
  async function evidenceOf(sha256: string): Promise<Evidence> {
    for (const { type, examinationKey } of await ledger.verdicts({ sha256, limit: 20 })) {
      const found =
        (await ledger.evidence(sha256, type, examinationKey)) ?? (await ledger.evidence(sha256, type))
      if (found !== undefined) return found
    }
    throw new GatewayError('NOT_FOUND', `nothing is known of the bytes ${sha256}`, { sha256 })
  }

  return [
    apiRoute<VerdictQuery>({
      method: 'GET',
      path: '/verdicts',
      role: 'viewer',
      summary: 'Newest verdict of each artifact, newest first',
      query: {
        purl: { ...TEXT, description: 'package URL, with or without version' },
        repository: TEXT,
        sha256: DIGEST,
        outcome: { enum: ['approved', 'held', 'blocked'] },
        limit: LIMIT,
      },
      async run({ query: { purl, ...rest } }) {
        return { json: await ledger.verdicts({ ...rest, ...(purl === undefined ? {} : parsePurl(purl)) }) }
      },
    }),
    apiRoute<PathQuery>({
      method: 'GET',
      path: '/verdicts/history',
      role: 'viewer',
      summary: 'Every verdict on one path of a repository, newest first, with failed attempts',
      query: { repository: TEXT, path: { ...TEXT, maxLength: 4096 } },
      requiredQuery: ['repository', 'path'],
      async run({ query: { repository, path } }) {
        const [history, attempts] = await Promise.all([
          ledger.verdictHistory(repository, path),
          ledger.attempts(repository, path),
        ])
        if (history.length === 0 && attempts.length === 0)
          throw new GatewayError('NOT_FOUND', `nothing was decided of ${path} in ${repository}`, {})
        return { json: { repository, path, history, attempts } }
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/evidence/{sha256}',
      role: 'viewer',
      summary: 'All findings on some bytes, and the scanners that ran',
      async run({ parameters }) {
        const { sbom: _, ...evidence } = await evidenceOf(parameters['sha256'] ?? '')
        return { json: evidence }
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/sbom/{sha256}',
      role: 'viewer',
      summary: 'The CycloneDX document of some bytes',
      async run({ parameters }) {
        const { sbom } = await evidenceOf(parameters['sha256'] ?? '')
        if (sbom === undefined) throw new GatewayError('NOT_FOUND', 'these bytes have no SBOM', {})
        return { json: sbom }
      },
    }),
  ]
}
