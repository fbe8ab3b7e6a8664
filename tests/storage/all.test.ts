// Storage is chosen by the scheme of a URL.
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBlobStore, openLedger } from '../../src/storage/all.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-all '))
})

describe('openBlobStore and openLedger', () => {
  it.each([
    ['an absolute URL', (path: string) => pathToFileURL(path).href.slice('file:'.length)],
    ['an absolute path', (path: string) => path],
    ['a relative path', (path: string) => relative('.', path)],
  ])('take %s', async (_, spelling) => {
    const blobs = await openBlobStore(`file:${spelling(join(directory, 'blobs'))}`)
    const ledger = await openLedger(`sqlite:${spelling(join(directory, 'ledger.sqlite'))}`)
    expect(blobs.directory).toBe(join(directory, 'blobs'))
    expect(existsSync(join(directory, 'ledger.sqlite'))).toBe(true)
    await ledger.close()
    await blobs.close()
  })

  it.each(['mysql://user:secret@db.test/x', 'blobs', ''])('refuse %j and do not repeat it', async (url) => {
    for (const open of [openBlobStore, openLedger]) {
      const error: unknown = await open(url).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
      expect(JSON.stringify(error) + String(error)).not.toContain('secret')
    }
  })
})
