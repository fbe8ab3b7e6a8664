// The configuration document as written, after checking against sallyport.schema.json.
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { PurlType } from '../model/claim.ts'
import { tellSchemaErrors } from '../model/schema-errors.ts'
import type { FeedDocument } from './advisories.ts'
import type { AccessConfig, LogConfig, RepositoryOptions, ToolConfig, ToolName } from './config.ts'
import type { ChannelDocument } from './drift.ts'
import type { CredentialsDocument } from './upstreams.ts'

type ToolMode = ToolConfig['mode']

export interface UpstreamDocument extends CredentialsDocument {
  readonly url: string
  readonly private?: boolean
}

export interface RepositoryDocument {
  readonly name: string
  readonly type: PurlType
  readonly mount?: string
  readonly upstreams?: readonly (string | UpstreamDocument)[]
  readonly indexMode?: 'lazy' | 'strict'
  readonly reserved?: readonly string[]
  readonly policy?: string
  readonly options?: Omit<RepositoryOptions, 'privateUpstreams'>
}

export interface ConfigDocument {
  readonly listen?: {
    readonly host?: string
    readonly port?: number
    readonly tls?: { readonly certificate: string; readonly key: string; readonly redirectPort?: number }
  }
  readonly publicUrl?: string
  readonly dataDirectory?: string
  readonly ledger?: string
  readonly blobs?: string
  readonly policy?: string
  readonly repositories?: readonly RepositoryDocument[]
  readonly allowedHosts?: readonly string[]
  readonly trustedProxies?: readonly string[]
  readonly outbound?: {
    readonly proxy?: string
    readonly noProxy?: readonly string[]
    readonly certificates?: readonly string[]
  }
  readonly limits?: Readonly<Record<string, string | number>>
  readonly pools?: Readonly<Record<string, number>>
  readonly caches?: Readonly<Record<string, string | number>>
  readonly malwareFeeds?: readonly string[]
  readonly advisories?: { readonly feeds?: readonly FeedDocument[] }
  readonly rules?: readonly string[]
  readonly signing?: {
    readonly directory?: string
    readonly openpgpKey?: string
    readonly rsaKey?: string
    readonly passphrase?: string
    readonly identity?: string
  }
  readonly tools?: Readonly<Partial<Record<ToolName, ToolMode | ToolConfig>>>
  readonly access?: Partial<AccessConfig>
  readonly waivers?: { readonly longest?: string; readonly reviewWithin?: string }
  readonly drift?: { readonly schedule?: string; readonly staleAfter?: string }
  readonly notifications?: {
    readonly channels?: readonly ChannelDocument[]
    readonly attempts?: number
    readonly firstRetry?: string
    readonly keep?: string
  }
  readonly log?: Partial<LogConfig>
}

const SCHEMA_FILE = new URL('./sallyport.schema.json', import.meta.url)
const SECRET_KEYS = /^(authorization|token|password|passphrase|username|secret|proxy)$/

/** The JSON Schema that is shipped for editors. */
export function configSchema(): object {
  const schema: unknown = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))
  if (typeof schema !== 'object' || schema === null)
    throw new TypeError('the configuration schema is no object')
  return schema
}

/** The document, typed, or every problem with it: key, value and what is allowed. */
export function checkDocument(
  value: unknown,
): { document: ConfigDocument } | { problems: readonly string[] } {
  // No key can be wrong, and compiling the schema is a fifth of what a scan of one small file costs.
  if (isEmptyObject(value)) return { document: {} }
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true })
  const isConfig = ajv.compile<ConfigDocument>(configSchema())
  if (isConfig(value)) return { document: value }
  return { problems: tellSchemaErrors(isConfig.errors ?? [], showValue) }
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  )
}

/** A complaint repeats the value, but no credential. */
function showValue(key: string, text: string): string {
  return SECRET_KEYS.test(key)
    ? 'the value'
    : text.replace(/\/\/[^/\s"]*@/g, '//***@').replace(/\?[^"]*/g, '?***')
}
