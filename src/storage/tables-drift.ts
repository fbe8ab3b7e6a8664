// The tables of refusals, recalls and deliveries as Kysely sees them.
import type { Generated } from 'kysely'

export interface RefusalsTable {
  id: Generated<number>
  repository: string
  path: string
  at: string
  outcome: string
  rule: string
  token_label: string | null
  client_address: string
  user_agent: string
}

export interface RecallsTable {
  id: Generated<number>
  repository: string
  path: string
  type: string
  name: string
  version: string
  sha256: string
  at: string
  outcome: string
  /** JSON of reasons. */
  reasons: string
  restored_at: string | null
}

export interface DeliveriesTable {
  id: Generated<number>
  channel: string
  event: string
  subject: string
  body: string
  created_at: string
  status: string
  attempts: number
  next_at: string
  error: string | null
}
