// Index sets of pages made in a test, without a network: what a worker would be handed.
import { createHash } from 'node:crypto'
import type { RenderContext, RepositorySettings } from '../../../src/ecosystems/ecosystem.ts'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import { noSigner } from '../../../src/gate/signer.ts'
import type { ArtifactClaim } from '../../../src/model/claim.ts'
import type { IndexDocument, IndexSet } from '../../../src/model/index-set.ts'
import type { Shown, Verdict } from '../../../src/model/verdict.ts'

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'

export const SETTINGS: RepositorySettings = {
  name: 'pypi',
  type: 'pypi',
  upstreams: ['https://upstream.test/simple'],
  publicUrl: 'http://gateway.test/pypi',
  indexMode: 'lazy',
  reserved: [],
  options: {},
}

export interface PageEntry {
  readonly filename: string
  readonly [field: string]: unknown
}

export interface Page {
  readonly set: IndexSet
  readonly context: (show?: (claim: ArtifactClaim) => Shown, document?: string) => RenderContext
}

/** A hash that is as good as any. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** An entry of a JSON page with everything a good index gives. */
export function entry(filename: string, fields: Readonly<Record<string, unknown>> = {}): PageEntry {
  return {
    filename,
    url: `https://files.upstream.test/packages/${filename}`,
    hashes: { sha256: hashOf(filename) },
    size: 1234,
    'upload-time': '2024-05-06T07:08:09.123456Z',
    ...fields,
  }
}

export function jsonPage(
  project: string,
  files: readonly PageEntry[],
  fields: Readonly<Record<string, unknown>> = {},
): Page {
  const body = JSON.stringify({ meta: { 'api-version': '1.1' }, name: project, files, ...fields })
  return pageOf(project, body, JSON_TYPE)
}

export function pageOf(
  project: string,
  body: string,
  contentType: string,
  others: Readonly<Record<string, string>> = {},
): Page {
  const bodies = new Map<string, string>()
  const document = (name: string, text: string, type: string): IndexDocument => {
    bodies.set(hashOf(text), text)
    return {
      name,
      url: `https://upstream.test/simple/${project}/`,
      sha256: hashOf(text),
      sizeBytes: Buffer.byteLength(text),
      contentType: type,
    }
  }
  const documents = [
    document('page', body, contentType),
    ...Object.entries(others).map(([name, text]) => document(name, text, 'application/json')),
  ]
  return {
    set: { key: project, documents, facts: {} },
    context: (show = () => ({ show: true }), wanted = 'page') => ({
      settings: SETTINGS,
      open: async ({ sha256 }) => Buffer.from(bodies.get(sha256) ?? ''),
      document: wanted,
      show,
      sign: noSigner,
      now: new Date('2026-01-01T00:00:00Z'),
      generation: 0,
    }),
  }
}

export function refused(rule: string, text: string, outcome: 'blocked' | 'held' = 'blocked'): Shown {
  const verdict: Verdict = {
    outcome,
    reasons: [{ rule, severity: 'high', text }],
    warnings: [],
    policy: 'test',
  }
  return { show: false, verdict }
}

/** Refuses the files that `which` names. */
export function refusing(
  which: (path: string) => boolean,
  answer: Shown = refused('policy', 'not on the list'),
) {
  return (claim: ArtifactClaim): Shown => (which(claim.path) ? answer : { show: true })
}

export interface RenderedJson {
  readonly meta: Record<string, unknown>
  readonly name: string
  readonly versions: string[]
  readonly files: (Record<string, unknown> & { filename: string; yanked: unknown })[]
  readonly 'project-status'?: { status: string; reason?: string }
}

export async function renderJson(page: Page, show?: (claim: ArtifactClaim) => Shown): Promise<RenderedJson> {
  return JSON.parse(await renderType(page, JSON_TYPE, show))
}

export async function renderType(
  page: Page,
  type: string,
  show?: (claim: ArtifactClaim) => Shown,
): Promise<string> {
  const { documents } = await pypiEcosystem.renderIndex(page.set, page.context(show))
  const found = documents.find(({ contentType }) => contentType === type)
  if (found === undefined) throw new Error(`no ${type} was rendered`)
  return Buffer.from(found.body).toString('utf8')
}

export async function claimsIn(page: Page): Promise<ArtifactClaim[]> {
  const claims: ArtifactClaim[] = []
  for await (const claim of await pypiEcosystem.readClaims(page.set, page.context())) claims.push(claim)
  return claims
}
