// Servers under measurement: start, wait, stop by pid; CPU time and memory of a whole process tree from /proc.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const START_LIMIT_MS = 150_000
/** USER_HZ is 100 on every Linux that Node runs on, see proc_pid_stat(5). */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

export interface RunningServer {
  readonly name: string
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a server and waits until `probe` answers with any status below 500. */
export async function startServer(
  name: string,
  command: readonly string[],
  { url, probe, cwd, env }: { url: string; probe: string; cwd: string; env?: NodeJS.ProcessEnv },
): Promise<RunningServer> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-4000)
    })
  const deadline = Date.now() + START_LIMIT_MS
  while (Date.now() < deadline && child.exitCode === null) {
    if (await answers(`${url}${probe}`)) return { name, url, pid: child.pid ?? -1, stop: () => end(child) }
    await sleep(50)
  }
  await end(child)
  throw new Error(`${name} did not start:\n${said}`)
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.status < 500
  } catch {
    return false
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(late)
}

/** User and system time of a process and its living descendants, in seconds. */
export function cpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND
}

const QUIET_SAMPLE_MS = 200
const QUIET_SHARE = 0.1
const QUIET_LIMIT_MS = 20_000

/** Waits until a server has worked off what it was asked before: less than a tenth of a core for a moment. */
export async function untilQuiet(pid: number): Promise<void> {
  const deadline = Date.now() + QUIET_LIMIT_MS
  while (Date.now() < deadline) {
    const before = cpuSeconds(pid)
    await sleep(QUIET_SAMPLE_MS)
    if (cpuSeconds(pid) - before < (QUIET_SHARE * QUIET_SAMPLE_MS) / 1000) return
  }
}

/** Resident memory of the process itself, and of the process with its descendants, in MB. */
export function residentMegabytes(pid: number): { self: number; tree: number } {
  const tree = treeOf(pid)
  const megabytes = (pages: number) => (pages * PAGE_BYTES) / 1e6
  return {
    self: megabytes(tree.find((one) => one.pid === pid)?.pages ?? 0),
    tree: megabytes(tree.reduce((sum, { pages }) => sum + pages, 0)),
  }
}

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  readonly pages: number
}

function treeOf(root: number): ProcessStat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(Number(name)) : []))
  const within = new Set([root])
  // Children may have lower numbers than parents once pids wrap, so look until nothing is added.
  for (let before = 0; before !== within.size; ) {
    before = within.size
    for (const { pid, parent } of all) if (within.has(parent)) within.add(pid)
  }
  return all.filter(({ pid }) => within.has(pid))
}

function readStat(pid: number): ProcessStat[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Fields from the third on, after the name in parentheses: state, ppid, ... utime (14th), stime (15th), rss (24th).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => Number(fields[number - 3])
    return [{ pid, parent: field(4), ticks: field(14) + field(15), pages: field(24) }]
  } catch {
    return [] // it ended while we looked
  }
}
