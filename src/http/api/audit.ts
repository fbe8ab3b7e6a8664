// The audit log: a page of it, all of it, and whether it is whole.
import { type AuditFormat, formatAudit } from '../../audit/format.ts'
import { allEntries, verifyAudit } from '../../audit/verify.ts'
import type { AuditFilter } from '../../storage/audit.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, LIMIT, TEXT } from './route.ts'

const FILTER = {
  action: TEXT,
  actor: TEXT,
  subject: TEXT,
  since: { ...TEXT, description: 'ISO 8601, inclusive' },
  until: { ...TEXT, description: 'ISO 8601, inclusive' },
} as const

const CONTENT_TYPES = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  csv: 'text/csv; charset=utf-8',
} as const

export function auditRoutes({ ledger: { audit } }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute<AuditFilter>({
      method: 'GET',
      path: '/audit',
      role: 'viewer',
      summary: 'Entries of the audit log',
      query: {
        ...FILTER,
        after: { type: 'integer', minimum: 0, description: 'only entries behind this sequence' },
        limit: LIMIT,
        newestFirst: { type: 'boolean' },
      },
      run: async ({ query }) => ({ json: await audit.entries(query) }),
    }),
    apiRoute<AuditFilter & { readonly format: AuditFormat }>({
      method: 'GET',
      path: '/audit/export',
      role: 'admin',
      summary: 'The whole audit log, in order',
      query: { ...FILTER, format: { enum: ['jsonl', 'json', 'csv'], type: 'string', default: 'jsonl' } },
      run: async ({ query: { format, ...filter } }) => ({
        contentType: CONTENT_TYPES[format],
        text: formatAudit(allEntries(audit, filter), format),
      }),
    }),
    apiRoute({
      method: 'GET',
      path: '/audit/verify',
      role: 'admin',
      summary: 'Whether the audit log was changed',
      run: async () => ({ json: await verifyAudit(audit, undefined) }),
    }),
  ]
}
