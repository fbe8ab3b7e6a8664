// YUM: joins requests, repodata and its generations into one ecosystem.
import { GatewayError } from '../../model/errors.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { sameSourceRule } from '../same-source.ts'
import { renderRepository } from './generation.ts'
import { loadRepository, readRepositoryClaims } from './index-document.ts'
import { REPOMD } from './index-files.ts'
import { listRepository } from './listed-packages.ts'
import { parseYumRequest, REPOSITORY_KEY } from './requests.ts'
import { examineVendorSignature } from './vendor-signature.ts'
import { compareRpmVersions, isRpmVersion } from './version.ts'

export const yumEcosystem: Ecosystem = {
  type: 'rpm',
  indexScope: 'repository',
  parseRequest: (method, path) => parseYumRequest(method, path),
  mediaTypes: () => ['application/octet-stream'],
  loadIndex: loadRepository,
  readClaims: readRepositoryClaims,
  renderIndex: async () => {
    throw new GatewayError('INTERNAL', 'a YUM repository is rendered as a whole', {})
  },
  renderGeneration: renderRepository,
  indexKeys: () => [REPOSITORY_KEY],
  listGeneration: listRepository,
  examineClaim: (_claim, _index, context) => examineVendorSignature(context),
  siblingRule: sameSourceRule,
  detachedSignature: (document) =>
    document === REPOMD || document === `${REPOMD}.asc`
      ? { of: REPOMD, isSignature: document !== REPOMD }
      : undefined,
  answerSide: async (name) => {
    throw new GatewayError('NOT_SERVED', 'a YUM repository answers no questions', { name })
  },
  compareVersions: compareRpmVersions,
  isVersion: isRpmVersion,
}
