// npm: joins requests, packument and side questions into one ecosystem.
import semver from 'semver'
import type { ArtifactClaim } from '../../model/claim.ts'
import type { Finding } from '../../model/finding.ts'
import type { Ecosystem, FetchDocument, ReadContext } from '../ecosystem.ts'
import {
  ABBREVIATED_TYPE,
  FULL_TYPE,
  loadPackument,
  readPackumentClaims,
  renderPackument,
} from './index-document.ts'
import { checkRegistrySignature, parseRegistryKeys } from './registry-signature.ts'
import { parseNpmRequest } from './requests.ts'
import { answerNpmSide } from './side-requests.ts'

export const npmEcosystem: Ecosystem = {
  type: 'npm',
  indexScope: 'package',
  parseRequest: (method, path) => parseNpmRequest(method, path),
  mediaTypes: (document) => (document === 'packument' ? [FULL_TYPE, ABBREVIATED_TYPE] : [FULL_TYPE]),
  loadIndex: loadPackument,
  readClaims: readPackumentClaims,
  renderIndex: renderPackument,
  answerSide: answerNpmSide,
  examineClaim: (claim, _index, context) => examineSignature(claim, context),
  conventionalUrl: (path, { upstreams, reserved }) =>
    upstreams.length === 1 && reserved.length === 0 ? `${upstreams[0]}/${path}` : undefined,
  compareVersions: (a, b) => semver.compare(a, b, true),
}

/** Verifies the registry's signature when the upstream publishes keys; many mirrors do not. */
async function examineSignature(
  claim: ArtifactClaim,
  context: ReadContext & { readonly fetch: FetchDocument },
): Promise<readonly Finding[]> {
  const upstream =
    context.settings.upstreams.find((base) => claim.url.startsWith(`${base}/`)) ??
    context.settings.upstreams[0]
  const keys = await context.fetch('shared/keys', `${upstream}/-/npm/v1/keys`, { maxBytes: 1024 * 1024 })
  if (keys === undefined) return []
  return checkRegistrySignature(claim, parseRegistryKeys(await context.open(keys)))
}
