// The pool against examiners that were taken over, killed, stopped or filled: nothing of that may look like evidence.
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ExamineJob } from '../../src/scanners/examination.ts'
import { createExaminerPool, type PoolOptions } from '../../src/scanners/pool.ts'

const hostile = fileURLToPath(new URL('./support/hostile-examiner.ts', import.meta.url))
let directory = ''
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-pool-'))
  await writeFile(join(directory, 'artifact'), 'bytes')
})
afterAll(() => rm(directory, { recursive: true }))
afterEach(async () => {
  for (const pool of opened.splice(0)) await pool.close()
})

async function open(options: Partial<PoolOptions> = {}) {
  const pool = await createExaminerPool({
    readable: [directory, hostile],
    entry: hostile,
    processes: 1,
    deadlineMs: 20_000,
    ...options,
  })
  opened.push(pool)
  return pool
}

function job(fileName: string, more: Partial<ExamineJob> = {}): ExamineJob {
  const sha256 = createHash('sha256').update('bytes').digest('hex')
  return {
    location: join(directory, 'artifact'),
    fileName,
    sizeBytes: 5,
    digests: { sha256 },
    type: 'npm',
    ...more,
  }
}

describe('an examiner that answers', () => {
  it('has its evidence stamped by the gateway, not by itself', async () => {
    const pool = await open()
    const evidence = await pool.examine(job('clean'), 'client')
    expect(evidence).toMatchObject({
      sha256: job('').digests.sha256,
      type: 'npm',
      examinationKey: pool.examinationKey,
    })
    expect(evidence.runs.map((run) => run.status)).toEqual(['ran', 'ran'])
  })

  it('can read the artifact and nothing else, write nothing, start nothing and sees no environment', async () => {
    const pool = await open()
    const outcome = async (name: string) => (await pool.examine(job(name), 'client')).findings[0]?.title
    expect(await outcome('read the artifact')).toBe('done')
    expect(await outcome('read elsewhere')).toBe('ERR_ACCESS_DENIED')
    expect(await outcome('write')).toBe('ERR_ACCESS_DENIED')
    expect(await outcome('start a process')).toBe('ERR_ACCESS_DENIED')
    expect(await outcome('environment')).toBe('Error: LANG TZ')
  })

  it('reaches no network where the platform has namespaces', async (context) => {
    const pool = await open()
    if (!pool.isolation.networkIsolated) return context.skip(pool.isolation.notes.join('; '))
    const server = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const evidence = await pool.examine(job('connect', { location: `port:${port}` }), 'client')
    expect(evidence.findings[0]?.title).toBe('ENETUNREACH')
    server.close()
  })
})

describe('an examiner that breaks', () => {
  it.each(['exit', 'abort', 'memory of the heap', 'memory outside the heap'])(
    'by %s: SCAN_INCOMPLETE, and the next artifact is examined',
    async (name) => {
      const pool = await open({ heapMegabytes: 64, memoryMegabytes: 512 })
      await expect(pool.examine(job(name), 'client')).rejects.toMatchObject({
        code: 'SCAN_INCOMPLETE',
        facts: { cause: 'crash', fileName: name },
      })
      expect((await pool.examine(job('clean'), 'client')).findings).toEqual([])
      expect(pool.stats()).toMatchObject({ examined: 1, failed: 1 })
    },
  )

  it.each(['no answer', 'spin'])('by %s: killed at the deadline', async (name) => {
    const pool = await open({ deadlineMs: 300 })
    await expect(pool.examine(job(name), 'client')).rejects.toMatchObject({
      code: 'SCAN_INCOMPLETE',
      facts: { cause: 'deadline' },
    })
    expect((await pool.examine(job('clean'), 'client')).findings).toEqual([])
  })

  it('that is stopped by a signal is killed too', async () => {
    const pool = await open({ deadlineMs: 1000 })
    for (const pid of pool.pids()) process.kill(pid, 'SIGSTOP')
    const stopped = [...pool.pids()]
    await expect(pool.examine(job('clean'), 'client')).rejects.toMatchObject({ facts: { cause: 'deadline' } })
    const [first] = stopped
    await expect.poll(() => pool.pids().includes(first ?? 0)).toBe(false)
  })

  it('that is killed from outside while it works', async () => {
    const pool = await open()
    const examined = pool.examine(job('no answer'), 'client')
    await expect.poll(() => pool.stats().busy).toBe(1)
    for (const pid of pool.pids()) process.kill(pid, 'SIGKILL')
    await expect(examined).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE', facts: { cause: 'crash' } })
  })
})

describe('an examiner that lies', () => {
  it.each([
    'not JSON',
    'another id',
    'no findings',
    'a run left out',
    'a run of its own',
    'an optional failure',
    'more than asked',
    'a prototype',
    'a flood',
  ])('with %s: garbage, killed, never evidence', async (name) => {
    const pool = await open()
    await expect(pool.examine(job(name), 'client')).rejects.toMatchObject({
      code: 'SCAN_INCOMPLETE',
      facts: { cause: 'garbage' },
    })
    expect((await pool.examine(job('clean'), 'client')).findings).toEqual([])
  })

  it('cannot answer for the next artifact', async () => {
    const pool = await open()
    await pool.examine(job('an answer in advance'), 'client')
    await expect.poll(() => pool.stats().replaced).toBeGreaterThan(0)
    expect((await pool.examine(job('read the artifact'), 'client')).findings[0]?.title).toBe('done')
  })
})

describe('the queue', () => {
  it('refuses more than it may hold', async () => {
    const pool = await open({ maxWaiting: { client: 2, background: 1 }, deadlineMs: 1500 })
    const working = pool.examine(job('no answer'), 'client')
    const waiting = [pool.examine(job('clean'), 'client'), pool.examine(job('clean'), 'client')]
    await expect(pool.examine(job('clean'), 'client')).rejects.toMatchObject({ code: 'BUSY' })
    await expect(working).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' })
    expect(await Promise.all(waiting)).toHaveLength(2)
  })

  it('lets clients before background work that came earlier', async () => {
    const pool = await open({ deadlineMs: 1000 })
    const order: string[] = []
    const note = (name: string, work: Promise<unknown>) => work.then(() => order.push(name))
    const blocking = pool.examine(job('no answer'), 'client').catch(() => undefined)
    const all = [
      note('background', pool.examine(job('clean'), 'background')),
      note('client', pool.examine(job('clean'), 'client')),
    ]
    await Promise.all([blocking, ...all])
    expect(order).toEqual(['client', 'background'])
  })

  it('ends what waits when it is closed', async () => {
    const pool = await open()
    const working = pool.examine(job('no answer'), 'client')
    const waiting = pool.examine(job('clean'), 'client')
    await Promise.all([
      expect(working).rejects.toMatchObject({ facts: { cause: 'closed' } }),
      expect(waiting).rejects.toMatchObject({ facts: { cause: 'closed' } }),
      pool.close(),
    ])
    await expect(pool.examine(job('clean'), 'client')).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' })
  })
})

it('tells who waits when no examiner starts any more, and recovers', async () => {
  const entry = join(directory, 'changing.ts')
  const good = await readFile(hostile)
  await writeFile(entry, good)
  const pool = await open({ entry, readable: [directory] })
  await expect.poll(() => pool.stats().processes).toBe(2)
  await writeFile(entry, 'throw new Error("deleted by an update")\n')
  for (const pid of pool.pids()) process.kill(pid, 'SIGKILL')
  await expect
    .poll(() => pool.examine(job('clean'), 'client').catch((error) => error.message))
    .toMatch(/deleted by an update/)
  await writeFile(entry, good)
  await expect
    .poll(
      () =>
        pool.examine(job('clean'), 'client').then(
          (evidence) => evidence.runs.length,
          () => 0,
        ),
      { timeout: 20_000 },
    )
    .toBe(2)
})

it('does not start with an examiner that cannot start', async () => {
  const broken = join(directory, 'broken.ts')
  await writeFile(broken, 'throw new Error("no rules")\n')
  await expect(createExaminerPool({ readable: [directory], entry: broken })).rejects.toMatchObject({
    code: 'SCAN_INCOMPLETE',
    facts: { said: expect.stringContaining('no rules') },
  })
})

it('does not start one process after the other when none is accepted any more: rules that changed on disk', async () => {
  const entry = join(directory, 'changing.mjs')
  const key = join(directory, 'key')
  await writeFile(key, 'before')
  await writeFile(
    entry,
    `import { readFileSync } from 'node:fs'
     const ready = { examinationKey: readFileSync(${JSON.stringify(key)}, 'utf8'), runs: [] }
     process.stdout.write(JSON.stringify({ ready }) + '\\n')
     process.stdin.resume()`,
  )
  const pool = await open({ entry })
  await writeFile(key, 'after')
  const [first] = pool.pids()
  const since = performance.now()
  if (first !== undefined) process.kill(first, 'SIGKILL')
  await expect.poll(() => pool.stats().replaced, { timeout: 30_000 }).toBeGreaterThan(3)
  // Two are missing at most, and each is tried once a second.
  const seconds = (performance.now() - since) / 1000
  expect(pool.stats().replaced / 2).toBeLessThanOrEqual(seconds + 1)
})
