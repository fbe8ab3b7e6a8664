// What was read of a repository lies on disk: it is used again after a restart, and when it is damaged everything is read anew.
import { readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { IndexSet } from '../../../src/model/index-set.ts'
import { yumLists } from '../../support/yum-metadata.ts'
import { isEvil, openYumDesk, PACKAGES, type YumDesk } from './yum-desk.ts'

const TYPES = ['primary', 'filelists', 'other'] as const
const EXPECTED = yumLists(PACKAGES.filter((one) => !(one.name === 'tool' && one.version === '2.0')))

let desk: YumDesk
let set: IndexSet
beforeAll(async () => {
  desk = await openYumDesk()
  await desk.publish()
}, 120_000)
afterAll(() => desk.close())

const folder = () => join(desk.directory, 'pieces')
const pieces = () => readdirSync(folder()).map((name) => join(folder(), name))
const blobOf = (type: string) => {
  const sha256 = set.documents.find(({ name }) => name === type)?.sha256 ?? ''
  return join(desk.directory, 'blobs', 'blobs', sha256.slice(0, 2), sha256.slice(2, 4), sha256)
}

async function expectRightLists(): Promise<void> {
  const { body } = await desk.render(set, isEvil)
  for (const type of TYPES)
    expect(gunzipSync(await body(new RegExp(`-${type}\\.xml\\.gz$`))).toString()).toBe(EXPECTED[type])
}

/** So that reading anew would fail. */
function withoutUpstreamLists(): void {
  for (const type of TYPES) unlinkSync(blobOf(type))
}

beforeEach(async () => {
  rmSync(folder(), { recursive: true, force: true })
  set = await desk.load()
  await expectRightLists()
})

describe('a repository that was read before', () => {
  it('is cut without reading it again', async () => {
    withoutUpstreamLists()
    await expectRightLists()
    const { body } = await desk.render(set)
    expect((await desk.claims(set)).length).toBe(PACKAGES.length)
    await expect(body(/-primary\.xml\.gz$/)).rejects.toThrow() // the upstream's own file, which is gone
  })

  it('is read anew when any of its pieces is gone', async () => {
    for (const piece of pieces()) {
      unlinkSync(piece)
      await expectRightLists()
    }
  })

  it('is read anew when the pieces of all lists were swept but the ones that are read every day', async () => {
    for (const piece of pieces())
      if (!readFileSync(piece).subarray(32).toString().startsWith('{"head"')) unlinkSync(piece)
    expect(pieces()).toHaveLength(TYPES.length)
    await expectRightLists()
  })

  it('is read anew when any of its pieces is damaged, wherever', async () => {
    for (const piece of pieces())
      for (const part of [0, 0.3, 0.6, 1]) {
        const bytes = readFileSync(piece)
        const at = Math.floor(part * (bytes.length - 1))
        bytes[at] = (bytes[at] ?? 0) ^ 1
        writeFileSync(piece, bytes)
        await expectRightLists()
      }
  })

  it('is never made of damaged pieces when it cannot be read anew', async () => {
    const all = pieces()
    withoutUpstreamLists()
    const whole = all.map((piece) => readFileSync(piece))
    let failed = 0
    for (const piece of all) {
      writeFileSync(piece, Buffer.concat([readFileSync(piece), Buffer.alloc(1)]))
      await expectRightLists().catch((error) => {
        expect(error).toMatchObject({ code: 'STORE_FAILED' })
        failed += 1
      })
      for (const [at, path] of all.entries()) writeFileSync(path, whole[at] ?? '')
    }
    // Of a run and what was last cut from it, one is enough; of everything else nothing can be made.
    expect(failed).toBe(all.length - 2 * TYPES.length)
  })
})
