// Lists in packed runs: cut anywhere, again and again, they unpack to exactly the packages that stay.
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { piecesInMemory } from '../../../src/ecosystems/yum/list-pieces.ts'
import { listParts } from '../../../src/ecosystems/yum/package-list.ts'
import { type PackedList, packList } from '../../../src/ecosystems/yum/packed-list.ts'
import { storeList } from '../../../src/ecosystems/yum/store-list.ts'
import { sha256, type YumPackage, yumLists } from '../../support/yum-metadata.ts'

const PADDING = '  <file>/usr/share/doc/some/file.html</file>\n'.repeat(50)
const filelistsOf = (packages: readonly YumPackage[]) =>
  yumLists(packages).filelists.replaceAll('</package>', `${PADDING}</package>`)

async function* inPieces(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(text)
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes)
}

async function packed(packages: readonly YumPackage[], pieceBytes = 64 * 1024): Promise<PackedList> {
  let row = 0
  const place = { key: 'list', pieces: piecesInMemory() }
  return packList(listParts(inPieces(filelistsOf(packages), pieceBytes), 'filelists'), () => row++, place)
}

async function without(list: PackedList, hidden: ReadonlySet<number>) {
  const pieces: Uint8Array[] = []
  const put = async (body: AsyncIterable<Uint8Array>) => {
    for await (const piece of body) pieces.push(piece)
    const whole = Buffer.concat(pieces)
    return { sha256: sha256(whole), sizeBytes: whole.length }
  }
  const data = await storeList('filelists', list, (row) => hidden.has(row), { put })
  const bytes = Buffer.concat(pieces)
  expect([data.sizeBytes, data.sha256]).toEqual([bytes.length, sha256(bytes)])
  const text = gunzipSync(bytes).toString() // refuses a wrong checksum or length
  expect(data.openSizeBytes).toBe(Buffer.byteLength(text))
  return { text, bytes }
}

const PACKAGES = Array.from({ length: 1200 }, (_, at) => ({ name: `paquet-é-${at}` }))
const expected = (hidden: ReadonlySet<number>) => filelistsOf(PACKAGES.filter((_, at) => !hidden.has(at)))

describe('a list in packed runs', () => {
  it('loses the first, the last and neighbouring packages, one flip after the other', async () => {
    const list = await packed(PACKAGES)
    expect(list.runs.length).toBeGreaterThan(2)
    for (const hidden of [[0], [0, 1199], [0, 1, 2, 600, 1199], [7], []]) {
      const set = new Set(hidden)
      expect((await without(list, set)).text).toBe(expected(set))
    }
  })

  it('may lose all', async () => {
    const list = await packed(PACKAGES)
    const { text } = await without(list, new Set(PACKAGES.keys()))
    expect(text).toBe(filelistsOf([]))
  })

  it('is the same however the file came in pieces', async () => {
    const hidden = new Set([5, 700])
    const [small, large] = [await packed(PACKAGES, 777), await packed(PACKAGES, 10_000_000)]
    expect((await without(small, hidden)).bytes.equals((await without(large, hidden)).bytes)).toBe(true)
  })

  it('compresses only runs that lose something', async () => {
    const list = await packed(PACKAGES)
    const cutRuns = () => list.runs.map((_, at) => list.pieces.read(`list cut ${at}`) !== undefined)
    await without(list, new Set([0]))
    expect(cutRuns()).toEqual(list.runs.map((_, at) => at === 0))
  })

  it('takes a run as it was cut last only when it loses the same', async () => {
    const list = await packed(PACKAGES)
    const first = await without(list, new Set([3]))
    const kept = list.pieces.read('list cut 0')
    expect((await without(list, new Set([3]))).bytes.equals(first.bytes)).toBe(true)
    expect(list.pieces.read('list cut 0')).toBe(kept)
    expect((await without(list, new Set([4]))).text).toBe(expected(new Set([4])))
  })
})
