// PyPI: joins requests, project pages and the rules beside them into one ecosystem.
import { GatewayError } from '../../model/errors.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { examinePypiClaim } from './examine-claim.ts'
import {
  LEGACY_JSON_TYPE,
  loadPypiIndex,
  PAGE_TYPES,
  PROVENANCE_TYPE,
  readPypiClaims,
  renderPypiIndex,
} from './index-document.ts'
import { holdsDocument } from './load-project.ts'
import { PROJECT_LIST, PROJECT_LIST_KEY } from './project-list.ts'
import { parsePypiRequest } from './requests.ts'
import { comparePep440, isPep440 } from './version.ts'
import { sdistRule } from './withhold.ts'

export const pypiEcosystem: Ecosystem = {
  type: 'pypi',
  indexScope: 'package',
  parseRequest: (method, path) => parsePypiRequest(method, path),
  mediaTypes(document) {
    if (document === 'page' || document === PROJECT_LIST) return PAGE_TYPES
    return [document.startsWith('provenance/') ? PROVENANCE_TYPE : LEGACY_JSON_TYPE]
  },
  // PEP 691: `latest` is answered with the version it means today.
  mediaTypeAliases: {
    'application/vnd.pypi.simple.latest+json': 'application/vnd.pypi.simple.v1+json',
    'application/vnd.pypi.simple.latest+html': 'application/vnd.pypi.simple.v1+html',
  },
  holds: (index, document) => index.key === PROJECT_LIST_KEY || holdsDocument(index, document),
  loadIndex: loadPypiIndex,
  readClaims: readPypiClaims,
  renderIndex: renderPypiIndex,
  async answerSide(name) {
    throw new GatewayError('NOT_SERVED', 'PyPI has no questions beside index and files', { name })
  },
  examineClaim: (claim, _index, context) => examinePypiClaim(claim, context),
  siblingRule: sdistRule,
  compareVersions: comparePep440,
  isVersion: isPep440,
}
