// One bounded run of wrk against one URL, with the CPU time the server spent on it.
import { execa } from 'execa'
import { cpuSeconds, type RunningServer, untilQuiet } from './processes.ts'

export interface Load {
  readonly seconds: number
  readonly connections: number
  readonly headers: Readonly<Record<string, string>>
}

export interface Measured {
  readonly requestsPerSecond: number
  readonly megabytesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Server's user and system time a request, in microseconds. */
  readonly cpuMicroseconds: number
  /** Answers that were not 2xx or 3xx, and socket errors. */
  readonly failures: number
}

/** A server that answers nothing in time is given this long once. */
const SECOND_CHANCE_SECONDS = 10

export async function runWrk(server: RunningServer, path: string, load: Load): Promise<Measured> {
  const measured = await runOnce(server, path, load)
  if (measured.requestsPerSecond > 0) return measured
  return runOnce(server, path, { ...load, seconds: SECOND_CHANCE_SECONDS })
}

async function runOnce(server: RunningServer, path: string, load: Load): Promise<Measured> {
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  await untilQuiet(server.pid)
  const before = cpuSeconds(server.pid)
  const { stdout } = await execa('wrk', [
    '--threads',
    '1',
    '--connections',
    String(load.connections),
    '--duration',
    `${load.seconds}s`,
    '--timeout',
    '10s',
    '--latency',
    ...headers,
    `${server.url}${path}`,
  ])
  const cpu = cpuSeconds(server.pid) - before
  const requests = number(stdout, /(\d+) requests in/)
  return {
    requestsPerSecond: number(stdout, /Requests\/sec:\s+([\d.]+)/),
    megabytesPerSecond: bytes(stdout, /Transfer\/sec:\s+([\d.]+)([KMG]?B)/) / 1e6,
    p50Ms: milliseconds(stdout, /\s50%\s+([\d.]+)(us|ms|s)/),
    p99Ms: milliseconds(stdout, /\s99%\s+([\d.]+)(us|ms|s)/),
    cpuMicroseconds: requests === 0 ? Number.NaN : (cpu * 1e6) / requests,
    failures:
      number(stdout, /Non-2xx or 3xx responses: (\d+)/) +
      [...(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? [])]
        .slice(1)
        .reduce((sum, text) => sum + Number(text), 0),
  }
}

function number(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}

function milliseconds(text: string, pattern: RegExp): number {
  const [, value = 'NaN', unit = 'ms'] = pattern.exec(text) ?? []
  return Number(value) * ({ us: 1e-3, ms: 1, s: 1e3 }[unit] ?? Number.NaN)
}

function bytes(text: string, pattern: RegExp): number {
  const [, value = 'NaN', unit = 'B'] = pattern.exec(text) ?? []
  return Number(value) * ({ B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }[unit] ?? Number.NaN)
}

/** The middle of each figure over several rounds. */
export function medianOf(rounds: readonly Measured[]): Measured {
  const middle = (key: keyof Measured) => median(rounds.map((round) => round[key]))
  return {
    requestsPerSecond: middle('requestsPerSecond'),
    megabytesPerSecond: middle('megabytesPerSecond'),
    p50Ms: middle('p50Ms'),
    p99Ms: middle('p99Ms'),
    cpuMicroseconds: middle('cpuMicroseconds'),
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
