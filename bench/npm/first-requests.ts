// Twenty parallel first requests of a 10 MB packument: do other, warm answers notice?
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startGateway } from '../../tests/support/gateway.ts'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { digits, formatTable } from '../support/table.ts'
import { AS_SHIPPED, FULL } from './material.ts'

const FIRST_REQUESTS = 20
const STEADY_RATE = 200
const QUIET_MS = 2000

interface Sample {
  readonly at: number
  readonly ms: number
}

export async function measureFirstRequests(upstream: string): Promise<void> {
  const gateway = await startGateway({ npm: upstream, config: AS_SHIPPED })
  try {
    for (const _ of [1, 2]) await rawRequest(gateway.url, '/npm/express')
    const load = startSteadyLoad(`${gateway.npm}express`)
    await load.running()
    await sleep(QUIET_MS)
    const from = Date.now()
    const started = performance.now()
    await Promise.all(Array.from({ length: FIRST_REQUESTS }, () => askLarge(gateway.url)))
    const seconds = (performance.now() - started) / 1000
    const to = Date.now()
    const samples = await load.end()
    const rows = [
      row(
        'quiet',
        samples.filter(({ at }) => at < from),
      ),
      row(
        `during ${FIRST_REQUESTS} first requests (${digits(seconds)} s)`,
        samples.filter(({ at }) => at >= from && at <= to),
      ),
    ]
    const head = [`warm answers, ${STEADY_RATE} a second`, 'requests', 'p50 ms', 'p99 ms', 'slowest ms']
    console.log(`\n${formatTable(head, rows)}\n`)
  } finally {
    await gateway.stop()
  }
}

async function askLarge(url: string): Promise<void> {
  const headers = { accept: FULL, 'accept-encoding': 'gzip' }
  const { status, body } = await rawRequest(url, '/npm/typescript', { headers })
  if (status !== 200)
    throw new Error(`a first request was answered ${status}: ${body.toString('latin1').slice(0, 500)}`)
}

function row(label: string, samples: readonly Sample[]): string[] {
  const sorted = samples.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = (share: number) =>
    digits(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)
  return [label, String(sorted.length), at(0.5), at(0.99), at(1)]
}

function startSteadyLoad(url: string): { running(): Promise<void>; end(): Promise<Sample[]> } {
  const script = join(import.meta.dirname, '../support/steady-load.ts')
  const child = spawn(process.execPath, [script, url, String(STEADY_RATE)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return {
    async running() {
      while (text === '' && child.exitCode === null) await sleep(20)
    },
    async end() {
      const gone = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await gone
      return text
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number))
        .map(([at = 0, ms = Number.NaN]) => ({ at, ms }))
    },
  }
}
