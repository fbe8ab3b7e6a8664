// npm: joins requests, packument and side questions into one ecosystem.
import type { ArtifactClaim } from '../../model/claim.ts'
import { asGatewayError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import type { Ecosystem, FetchDocument, ReadContext } from '../ecosystem.ts'
import {
  ABBREVIATED_TYPE,
  FULL_TYPE,
  loadPackument,
  readPackumentClaims,
  renderPackument,
} from './index-document.ts'
import {
  checkRegistrySignature,
  KEYS_MISSING,
  parseRegistryKeys,
  type RegistryKey,
} from './registry-signature.ts'
import { parseNpmRequest } from './requests.ts'
import { answerNpmSide } from './side-requests.ts'
import { compareNpmVersions, isNpmVersion } from './version.ts'

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
  compareVersions: compareNpmVersions,
  isVersion: isNpmVersion,
}

type Context = ReadContext & { readonly fetch: FetchDocument }

/** Verifies the registry's signature when the upstream publishes keys; many mirrors do not. */
async function examineSignature(claim: ArtifactClaim, context: Context): Promise<readonly Finding[]> {
  const upstream =
    context.settings.upstreams.find((base) => claim.url.startsWith(`${base}/`)) ??
    context.settings.upstreams[0]
  const keys = await registryKeys(`${upstream}/-/npm/v1/keys`, context)
  return keys === undefined ? [KEYS_MISSING] : checkRegistrySignature(claim, keys)
}

/** Undefined when the registry has none, and says so by 404 or another refusal of the question; its failures are thrown. */
async function registryKeys(url: string, context: Context): Promise<RegistryKey[] | undefined> {
  try {
    const document = await context.fetch('shared/keys', url, { maxBytes: 1024 * 1024 })
    return document === undefined ? undefined : parseRegistryKeys(await context.open(document))
  } catch (thrown) {
    const { code, facts } = asGatewayError(thrown)
    if (code === 'UPSTREAM_FAILED' && (Number(facts['status']) < 500 || facts['status'] === 501))
      return undefined
    throw thrown
  }
}
