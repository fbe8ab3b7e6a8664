// Storage under kill -9 and under several processes at once.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBlobStore, openLedger } from '../../src/storage/all.ts'
import { readAll, sha256Of } from '../support/bytes.ts'
import { claimOf } from '../support/ledger-facts.ts'

const WRITER = join(import.meta.dirname, '../support/storage-writer.ts')

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-kill-'))
})

type Writer = ChildProcessByStdio<null, Readable, Readable>

function startWriter(name: string, rounds: number): Writer {
  return spawn(process.execPath, [WRITER, directory, name, String(rounds)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Lines that were written whole, one for each committed round. */
async function committedBy(writer: Writer): Promise<string[]> {
  const [text] = await Promise.all([readAll(writer.stdout), once(writer, 'close')])
  return text.toString().split('\n').slice(0, -1)
}

/** Lets the writer commit something, then kills it at a moment that differs from time to time. */
async function killed(name: string, delayMs: number): Promise<string[]> {
  const writer = startWriter(name, 100_000)
  const committed = committedBy(writer)
  await once(writer.stdout, 'data')
  setTimeout(() => writer.kill('SIGKILL'), delayMs)
  return committed
}

async function expectAllThere(lines: readonly string[]): Promise<void> {
  const ledger = await openLedger(`sqlite:${join(directory, 'ledger.sqlite')}`)
  const blobs = await openBlobStore(`file:${join(directory, 'blobs')}`)
  for (const line of lines) {
    const [sha256 = '', path = ''] = line.split(' ')
    const state = await ledger.claim('npm', path)
    expect(state).toMatchObject({ sha256, verdict: { outcome: 'approved', sha256 } })
    expect(await ledger.evidence(sha256, 'npm')).toMatchObject({ sha256 })
    const body = await blobs.open(sha256)
    expect(body && sha256Of(await readAll(body.stream()))).toBe(sha256)
  }
  await ledger.close()
  await blobs.close()
}

async function everyBlob(): Promise<string[]> {
  const root = join(directory, 'blobs', 'blobs')
  return (await readdir(root, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name))
}

describe('kill -9', () => {
  it('twenty times, four writers at once: no damaged blob, no lost row, and the leftovers can be swept', async () => {
    const committed: string[] = []
    for (let round = 0; round < 5; round += 1) {
      const lanes = [0, 1, 2, 3].map((lane) => killed(`killed${round}-${lane}`, round * 8 + lane * 3))
      committed.push(...(await Promise.all(lanes)).flat())
    }
    expect(committed.length).toBeGreaterThanOrEqual(20)
    await expectAllThere(committed)
    const blobs = await openBlobStore(`file:${join(directory, 'blobs')}`)
    for (const name of await everyBlob()) {
      const sha256 = name.slice(-64)
      const body = await blobs.open(sha256)
      expect(body && sha256Of(await readAll(body.stream()))).toBe(sha256)
    }
    await blobs.sweep(async () => true, -1)
    expect(await readdir(join(directory, 'blobs', 'tmp'))).toEqual([])
    expect(await readdir(join(directory, 'blobs', 'damaged'))).toEqual([])
  })
})

describe('several processes', () => {
  it('open a database that does not exist yet, and write to it, all at once', async () => {
    const writers = ['one', 'twoo', 'three'].map((name) => startWriter(name, 15))
    const errors = Promise.all(writers.map(async (writer) => (await readAll(writer.stderr)).toString()))
    const lines = (await Promise.all(writers.map(committedBy))).flat()
    expect((await errors).join('')).not.toContain('GatewayError')
    expect(lines).toHaveLength(45)
    await expectAllThere(lines)
  })

  it('see each other’s changes by the revision', async () => {
    const ledger = await openLedger(`sqlite:${join(directory, 'ledger.sqlite')}`)
    const before = await ledger.revision()
    expect(await ledger.revision()).toBe(before)
    await committedBy(startWriter('other', 1))
    expect(await ledger.revision()).toBeGreaterThan(before)
    expect((await ledger.claim('npm', claimOf({ name: 'other-0' }).path))?.verdict?.outcome).toBe('approved')
    await ledger.close()
  })
})
