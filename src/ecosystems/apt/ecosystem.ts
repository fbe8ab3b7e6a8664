// APT: joins requests, the archive's documents and their generations into one ecosystem.
import { GatewayError } from '../../model/errors.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { sameSourceRule } from '../same-source.ts'
import { readArchiveClaims } from './claims.ts'
import { renderArchive } from './generation.ts'
import { loadArchive } from './index-document.ts'
import { ARCHIVE_KEY, parseAptRequest } from './requests.ts'
import { listArchive, renewArchive } from './snapshot.ts'
import { compareDebVersions, isDebVersion } from './version.ts'

export const aptEcosystem: Ecosystem = {
  type: 'deb',
  indexScope: 'repository',
  parseRequest: parseAptRequest,
  mediaTypes: () => ['application/octet-stream'],
  loadIndex: loadArchive,
  readClaims: readArchiveClaims,
  renderIndex: async () => {
    throw new GatewayError('INTERNAL', 'an APT archive is rendered as a whole', {})
  },
  renderGeneration: renderArchive,
  indexKeys: () => [ARCHIVE_KEY],
  renewGeneration: renewArchive,
  listGeneration: listArchive,
  siblingRule: sameSourceRule,
  answerSide: async (name) => {
    throw new GatewayError('NOT_SERVED', 'an APT archive answers no questions', { name })
  },
  compareVersions: compareDebVersions,
  isVersion: isDebVersion,
}
