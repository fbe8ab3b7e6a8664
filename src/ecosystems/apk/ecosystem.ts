// APK: joins requests, the v2 index and its generations into one ecosystem.
import { GatewayError } from '../../model/errors.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { sameSourceRule } from '../same-source.ts'
import { renderApkIndex } from './generation.ts'
import { listApkIndex, loadApkIndex, readApkClaims } from './index-document.ts'
import { indexFolders, parseApkRequest } from './requests.ts'
import { compareApkVersions, isApkVersion } from './version.ts'

export const apkEcosystem: Ecosystem = {
  type: 'apk',
  indexScope: 'repository',
  parseRequest: parseApkRequest,
  mediaTypes: () => ['application/gzip'],
  loadIndex: loadApkIndex,
  readClaims: readApkClaims,
  renderIndex: async () => {
    throw new GatewayError('INTERNAL', 'an apk index is rendered as a whole', {})
  },
  renderGeneration: renderApkIndex,
  indexKeys: indexFolders,
  listGeneration: listApkIndex,
  siblingRule: sameSourceRule,
  answerSide: async (name) => {
    throw new GatewayError('NOT_SERVED', 'an apk repository answers no questions', { name })
  },
  compareVersions: compareApkVersions,
  isVersion: isApkVersion,
}
