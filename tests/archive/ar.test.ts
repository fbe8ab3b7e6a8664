// The ar reader on right archives and on every spelling that readers take differently.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ArListing, listArMembers } from '../../src/archive/ar.ts'
import { openRandomAccess } from '../../src/archive/random-access.ts'
import { buildAr } from '../support/build-ar.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ar-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function list(bytes: Uint8Array): Promise<ArListing> {
  const location = join(folder, 'a.ar')
  await writeFile(location, bytes)
  const source = await openRandomAccess(location)
  try {
    return await listArMembers(source)
  } finally {
    await source.close()
  }
}

describe('listArMembers', () => {
  it('lists members with their places, over odd sizes', async () => {
    const bytes = buildAr([
      { name: 'debian-binary', data: '2.0\n' },
      { name: 'odd', data: 'abc' },
      { name: 'last.tar.xz', data: 'xy' },
    ])
    const { members, hazards } = await list(bytes)
    expect(hazards).toEqual([])
    expect(members.map((member) => member.name)).toEqual(['debian-binary', 'odd', 'last.tar.xz'])
    const read = members.map((member) =>
      bytes.toString('latin1', member.offset, member.offset + member.sizeBytes),
    )
    expect(read).toEqual(['2.0\n', 'abc', 'xy'])
  })

  it.each(['name/', '/', '//', '#1/20', '../up', '', 'ctrl\x01', 'two words'])(
    'reports the name %j',
    async (name) => {
      const { hazards } = await list(buildAr([{ name, data: 'ab' }]))
      expect(hazards).toEqual([{ kind: 'name', member: name, offset: 8 }])
    },
  )

  it.each(['+2', ' 2', '2 0', '0x2', '2a'])('reports the size %j', async (size) => {
    const { hazards } = await list(buildAr([{ name: 'a', data: 'ab', size }]))
    expect(hazards[0]).toEqual({ kind: 'number', member: 'a', offset: 8 })
  })

  it('reports padding that is not a newline and padding that is missing', async () => {
    const wrong = await list(buildAr([{ name: 'a', data: 'abc', padding: 'X' }]))
    const missing = await list(buildAr([{ name: 'a', data: 'abc', padding: '' }]))
    expect(wrong.hazards.map((hazard) => hazard.kind)).toEqual(['padding'])
    expect(missing.hazards.map((hazard) => hazard.kind)).toEqual(['padding'])
  })

  it('reports bytes after the last member', async () => {
    const bytes = buildAr([{ name: 'a', data: 'ab' }])
    const { members, hazards } = await list(Buffer.concat([bytes, Buffer.from('\n\n')]))
    expect(members).toHaveLength(1)
    expect(hazards).toEqual([{ kind: 'trailing', member: 'a', offset: bytes.length }])
  })

  it('stops at a flood of members', async () => {
    const { members, hazards } = await list(
      buildAr(Array.from({ length: 100 }, () => ({ name: 'a', data: '' }))),
    )
    expect(members).toHaveLength(64)
    expect(hazards.map((hazard) => hazard.kind)).toEqual(['trailing'])
  })

  it.each([
    ['no magic', Buffer.from('!<thin>\nabcdefgh')],
    ['an empty file', Buffer.alloc(0)],
    ['a member larger than the file', buildAr([{ name: 'a', data: 'ab', size: '3' }])],
    ['a negative size', buildAr([{ name: 'a', data: 'ab', size: '-1' }])],
    ['a size without digits', buildAr([{ name: 'a', data: 'ab', size: 'x' }])],
  ])('refuses %s', async (_name, bytes) => {
    await expect(list(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })

  it('refuses or reports every truncation', async () => {
    const bytes = buildAr([
      { name: 'a', data: 'abc' },
      { name: 'b', data: 'abcd' },
    ])
    for (let length = 0; length < bytes.length; length++) {
      const result = await list(bytes.subarray(0, length)).catch((error: unknown) => error)
      if (result instanceof Error) expect(result).toMatchObject({ code: 'PACKAGE_INVALID' })
      else
        expect((result as ArListing).members.length < 2 || (result as ArListing).hazards.length > 0).toBe(
          true,
        )
    }
  })
})
