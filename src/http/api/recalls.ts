// Recalls: what was taken back, and who has it.
import { recallCsv, recallReport } from '../../storage/recall-report.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, TEXT } from './route.ts'

interface RecallRouteQuery {
  readonly type?: string
  readonly name?: string
  readonly version?: string
  readonly mentions?: string
  readonly format: 'json' | 'csv'
}

export function recallRoutes({ ledger }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute<RecallRouteQuery>({
      method: 'GET',
      path: '/recalls',
      role: 'viewer',
      summary: 'Who was given a package, or what an advisory or rule took back; without either, every recall',
      query: {
        type: { enum: ['npm', 'pypi', 'deb', 'rpm', 'apk'], type: 'string' },
        name: TEXT,
        version: TEXT,
        mentions: { ...TEXT, description: 'id of an advisory, or a rule' },
        format: { enum: ['json', 'csv'], type: 'string', default: 'json' },
      },
      async run({ query: { type, name, version, mentions, format } }) {
        if (mentions === undefined && (type === undefined || name === undefined))
          return { json: await ledger.recalls.list({}) }
        const asked =
          mentions === undefined
            ? { type: type ?? '', name: name ?? '', ...(version === undefined ? {} : { version }) }
            : { mentions }
        const report = await recallReport(ledger, asked)
        if (format === 'json') return { json: report }
        return { contentType: 'text/csv; charset=utf-8', text: once(recallCsv(report)) }
      },
    }),
  ]
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}
