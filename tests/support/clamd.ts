// A real clamd with an own tiny database: EICAR by hash and by body, and a marker of our own.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The EICAR test file, joined here so that no scanner finds it in this source. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join(
  '',
)

const PROGRAM = '/usr/sbin/clamd'

export interface RunningClamd {
  readonly socket: string
  readonly process: ChildProcess
  readonly database: string
  stop(): Promise<void>
}

export const clamdInstalled = existsSync(PROGRAM)

export async function startClamd(
  settings: readonly string[] = ['StreamMaxLength 200M'],
): Promise<RunningClamd> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-clamd-'))
  const database = join(directory, 'db')
  await writeDatabase(database)
  const socket = join(directory, 'clamd.sock')
  const lines = [
    `DatabaseDirectory ${database}`,
    `TemporaryDirectory ${directory}`,
    `LocalSocket ${socket}`,
    'Foreground yes',
    ...(process.getuid?.() === 0 ? ['User root'] : []),
    ...settings,
  ]
  await writeFile(join(directory, 'clamd.conf'), `${lines.join('\n')}\n`)
  const child = spawn(PROGRAM, ['-c', join(directory, 'clamd.conf')], { stdio: 'ignore' })
  await untilAnswers(socket)
  return {
    socket,
    process: child,
    database,
    async stop() {
      child.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function writeDatabase(directory: string): Promise<void> {
  await mkdir(directory)
  const md5 = createHash('md5').update(EICAR).digest('hex')
  const body = Buffer.from(EICAR.slice(EICAR.indexOf('EICAR'), EICAR.indexOf('!$H'))).toString('hex')
  await writeFile(join(directory, 'test.hdb'), `${md5}:${EICAR.length}:Eicar-Test-Signature\n`)
  await writeFile(join(directory, 'test.ndb'), `Test.Eicar.Body:0:*:${body}\n`)
}

async function untilAnswers(socket: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (existsSync(socket) && (await answers(socket))) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('clamd did not start')
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.on('connect', () => socket.write('zPING\0'))
    socket.on('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
