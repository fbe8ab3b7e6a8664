// The virus layer through a real clamd: EICAR in all six formats, and every way in which clamd can fail to speak.
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { PurlType } from '../../../src/model/claim.ts'
import type { ExaminerPool } from '../../../src/scanners/examination.ts'
import type { ToolMode } from '../../../src/scanners/external/adapter.ts'
import { clamd } from '../../../src/scanners/external/clamd.ts'
import { joinTools } from '../../../src/scanners/external/join.ts'
import { createExaminerPool } from '../../../src/scanners/pool.ts'
import { buildApk } from '../../support/build-apk.ts'
import { buildDeb } from '../../support/build-deb.ts'
import { buildRpm } from '../../support/build-rpm.ts'
import { clamdInstalled, EICAR, type RunningClamd, startClamd } from '../../support/clamd.ts'
import { buildSdist, buildWheel } from '../../support/pypi-packages.ts'
import { buildPackage } from '../../support/tgz.ts'

let directory = ''
let pool: ExaminerPool

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-virus-'))
  pool = await createExaminerPool({ readable: [directory], processes: 1 })
})
afterAll(async () => {
  await pool.close()
  await rm(directory, { recursive: true })
})

async function examine(
  type: PurlType,
  fileName: string,
  bytes: Uint8Array,
  socket: string,
  mode: ToolMode = 'required',
  deadlineMs = 30_000,
) {
  const location = join(directory, fileName)
  await writeFile(location, bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const joined = joinTools(pool, [{ scanner: clamd({ path: socket }), mode }], { deadlineMs })
  const evidence = await joined.examine(
    { location, fileName, sizeBytes: bytes.length, digests: { sha256 }, type },
    'client',
  )
  return {
    evidence,
    run: evidence.runs.find((run) => run.scanner === 'clamav'),
    virus: evidence.findings.filter((finding) => finding.layer === 'virus'),
  }
}

type Format = [PurlType, string, (text: string) => Promise<Uint8Array>]

const NPM: Format = [
  'npm',
  'a-1.0.0.tgz',
  async (text) => (await buildPackage({ name: 'a', version: '1.0.0' }, { 'x.txt': text })).bytes,
]
const FORMATS: readonly Format[] = [
  NPM,
  [
    'pypi',
    'a-1.0.0-py3-none-any.whl',
    async (text) => buildWheel({ name: 'a', version: '1.0.0', files: { 'a/x.txt': text } }).bytes,
  ],
  [
    'pypi',
    'a-1.0.0.tar.gz',
    async (text) => (await buildSdist({ name: 'a', version: '1.0.0', files: { 'x.txt': text } })).bytes,
  ],
  [
    'deb',
    'demo_1.0-1_amd64.deb',
    (text) => buildDeb({ files: [{ name: './' }, { name: './x.txt', data: text }] }),
  ],
  ['rpm', 'demo-1.0-1.x86_64.rpm', async (text) => buildRpm({ files: [{ path: '/x.txt', data: text }] })],
  ['apk', 'demo-1.0-r0.apk', (text) => buildApk({ files: [{ name: 'x.txt', data: text }] })],
]

describe.skipIf(!clamdInstalled)('with a real clamd (skipped: the program clamd is not installed)', () => {
  let daemon: RunningClamd
  beforeAll(async () => {
    daemon = await startClamd()
  })
  afterAll(() => daemon.stop())

  it.each(FORMATS)('finds EICAR inside a package of %s: %s', async (type, fileName, build) => {
    const { run, virus } = await examine(type, fileName, await build(EICAR), daemon.socket)
    expect(run).toMatchObject({ status: 'ran', layer: 'virus', required: true })
    expect(virus.map((finding) => [finding.severity, finding.file?.endsWith('x.txt')])).toContainEqual([
      'critical',
      true,
    ])
  })

  it.each(FORMATS)('finds nothing in a clean package of %s: %s', async (type, fileName, build) => {
    const { run, virus } = await examine(type, fileName, await build('harmless'), daemon.socket)
    expect(run).toMatchObject({ status: 'ran' })
    expect(virus).toEqual([])
  })

  it('tells its version, and that its signatures have no known age', async () => {
    const state = await clamd({ path: daemon.socket }).check(new AbortController().signal)
    expect(state).toMatchObject({ version: expect.stringMatching(/^ClamAV \d/), place: daemon.socket })
    expect(state.dataFrom).toBeUndefined()
  })

  it('reads a file that is too large to be kept', async () => {
    const large = randomBytes(9_000_000).toString('hex') + EICAR
    const [type, fileName, build] = NPM
    const { virus } = await examine(type, fileName, await build(large), daemon.socket)
    expect(virus.map((finding) => finding.file)).toContain('x.txt')
  })

  it('is a failed run when clamd stops in the middle', async () => {
    const stopped = await startClamd()
    onTestFinished(() => stopped.stop())
    stopped.process.kill('SIGSTOP')
    const [type, fileName, build] = NPM
    const { run } = await examine(type, fileName, await build(EICAR), stopped.socket, 'required', 1500)
    expect(run).toMatchObject({ status: 'failed', required: true })
  })

  it('is a failed run when clamd takes only smaller files', async () => {
    const small = await startClamd(['StreamMaxLength 1K'])
    onTestFinished(() => small.stop())
    const [type, fileName, build] = NPM
    const { run } = await examine(type, fileName, await build('x'.repeat(5000)), small.socket)
    expect(run).toMatchObject({ status: 'failed', reason: expect.stringContaining('size limit exceeded') })
  })
})

describe('with a clamd that does not speak clearly', () => {
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) server.close()
  })

  /** A socket that answers every connection with these bytes after its first data, or just closes it. */
  async function answering(answer: string | undefined): Promise<string> {
    const path = join(directory, `fake-${servers.length}.sock`)
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => (answer === undefined ? socket.destroy() : socket.end(answer)))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(path, resolve))
    return path
  }

  const clean = async () =>
    (await buildPackage({ name: 'a', version: '1.0.0' }, { 'x.txt': 'harmless' })).bytes

  it.each([
    ['nothing', undefined],
    ['an empty answer', '\0'],
    ['an error', "stream: Can't allocate memory ERROR\0"],
    ['an answer cut short', 'stream: OK'],
    ['another answer', 'PONG\0'],
    ['an error that says OK', 'stream: OK ERROR\0'],
    ['an endless answer', 'x'.repeat(10_000)],
  ])('%s is a failure, not a pass', async (_what, answer) => {
    const { run, virus } = await examine('npm', 'b-1.0.0.tgz', await clean(), await answering(answer))
    expect(run).toMatchObject({ status: 'failed' })
    expect(virus).toEqual([])
  })

  it('no clamd at all is a failure: of a required layer, or recorded as optional', async () => {
    const missing = join(directory, 'nobody.sock')
    expect((await examine('npm', 'c-1.0.0.tgz', await clean(), missing)).run).toMatchObject({
      status: 'failed',
      required: true,
    })
    expect((await examine('npm', 'c-1.0.0.tgz', await clean(), missing, 'optional')).run).toMatchObject({
      status: 'failed',
      required: false,
    })
  })

  it('switched off is a skip with its reason', async () => {
    const { run } = await examine('npm', 'd-1.0.0.tgz', await clean(), join(directory, 'nobody.sock'), 'off')
    expect(run).toMatchObject({ status: 'skipped', reason: 'switched off in the configuration' })
  })
})
