// The split of concatenated gzip members, to the byte.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/archive/budget.ts'
import { ByteReader } from '../../src/archive/byte-reader.ts'
import { gzipMembers } from '../../src/archive/gzip-members.ts'
import { DEFAULT_READ_LIMITS } from '../../src/model/limits.ts'

function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function split(bytes: Buffer, size = 3, readContent = true) {
  const budget = new Budget(DEFAULT_READ_LIMITS)
  budget.bytesIn(bytes.length)
  const reader = new ByteReader(pieces(bytes, size))
  const found: { text: string; start: number; end: number }[] = []
  let ended = () => 0
  for await (const member of gzipMembers(reader, budget)) {
    const former = found.at(-1)
    if (former) former.end = ended()
    let text = ''
    if (readContent) for await (const piece of member.content) text += piece.toString()
    found.push({ text, start: member.start, end: member.end() })
    ended = member.end
  }
  const last = found.at(-1)
  if (last) last.end = ended()
  return { found, rest: reader.position }
}

describe('gzipMembers', () => {
  const a = gzipSync('first')
  const b = gzipSync('second'.repeat(1000))
  const c = gzipSync('')

  it.each([1, 7, 1 << 20])('finds every border in pieces of %d bytes', async (size) => {
    const { found, rest } = await split(Buffer.concat([a, b, c]), size)
    expect(found).toEqual([
      { text: 'first', start: 0, end: a.length },
      { text: 'second'.repeat(1000), start: a.length, end: a.length + b.length },
      { text: '', start: a.length + b.length, end: a.length + b.length + c.length },
    ])
    expect(rest).toBe(a.length + b.length + c.length)
  })

  it('reads over what nobody reads', async () => {
    const { found } = await split(Buffer.concat([a, b]), 100, false)
    expect(found.map((member) => member.end)).toEqual([a.length, a.length + b.length])
  })

  it('stops at the first byte that is no member', async () => {
    const { found, rest } = await split(Buffer.concat([a, Buffer.from('junk')]))
    expect(found).toHaveLength(1)
    expect(rest).toBe(a.length)
  })

  it('refuses a member that is cut off or damaged', async () => {
    const damaged = Buffer.from(a)
    damaged.writeUInt8(damaged.readUInt8(a.length - 8) ^ 1, a.length - 8)
    await expect(split(a.subarray(0, -1))).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
    await expect(split(damaged)).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })
})
