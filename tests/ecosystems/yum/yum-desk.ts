// A repository of four packages that a test publishes, honest or spoilt, and the desk that reads it.
import { yumEcosystem } from '../../../src/ecosystems/yum/ecosystem.ts'
import { type IndexDesk, openIndexDesk } from '../../support/index-desk.ts'
import { makeVendorKey, type VendorKey } from '../../support/vendor-key.ts'
import {
  type YumLists,
  type YumRepositoryOptions,
  yumLists,
  yumRepository,
} from '../../support/yum-metadata.ts'

export const PACKAGES = [
  { name: 'tool' },
  { name: 'tool', version: '2.0', source: 'tool-2.0-1.src.rpm' },
  { name: 'tool-libs', version: '2.0', source: 'tool-2.0-1.src.rpm' },
  { name: 'other' },
]

export const isEvil = (claim: { name: string; version: string }) =>
  claim.name === 'tool' && claim.version === '2.0-1'

export interface YumDesk extends IndexDesk {
  readonly key: VendorKey
  publish(lists?: Partial<YumLists>, options?: YumRepositoryOptions & { unsigned?: boolean }): Promise<void>
}

export async function openYumDesk(): Promise<YumDesk> {
  const key = await makeVendorKey()
  const desk = await openIndexDesk(yumEcosystem, 'repodata', { keys: [key.file] })
  return {
    ...desk,
    key,
    async publish(lists = {}, { unsigned = false, ...options } = {}) {
      desk.files.clear()
      const files = await yumRepository({ ...yumLists(PACKAGES), ...lists }, { key, ...options })
      for (const [path, body] of files) if (!unsigned || !path.endsWith('.asc')) desk.files.set(path, body)
    },
  }
}
