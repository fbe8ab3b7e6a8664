// A file into a socket: whole, in order, and not for ever to one who does not read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, expect, it } from 'vitest'
import { pumpFile } from '../../src/http/file-pump.ts'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-pump-'))
const location = join(directory, 'file')
const bytes = Buffer.alloc(700_000, 'sallyport ')
writeFileSync(location, bytes)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

it('writes the range, also to a slow reader, whose buffer is not filled again before it was read', async () => {
  const got: Buffer[] = []
  const slow = new Writable({
    write(chunk: Buffer, _, done) {
      setTimeout(() => {
        got.push(Buffer.from(chunk))
        done()
      }, 5)
    },
  })
  await pumpFile(location, { start: 3, end: 699_990 }, slow)
  expect(Buffer.concat(got).equals(bytes.subarray(3, 699_991))).toBe(true)
})

it('gives up on a reader that takes nothing, so that its buffer and file are free again', async () => {
  const stalled = new Writable({ write() {} })
  await expect(pumpFile(location, { start: 0, end: 699_999 }, stalled, 20)).rejects.toThrow('reads nothing')
})
