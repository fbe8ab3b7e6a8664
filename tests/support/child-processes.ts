// Child processes of a process that a test started, read from /proc, so that a test can end one of them.
import { readdirSync, readFileSync } from 'node:fs'

export interface RunningProcess {
  readonly pid: number
  readonly commandLine: string
}

/** Direct children of a process, with their arguments. */
export function childrenOf(parent: number): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name), parent))
}

function readProcess(pid: number, parent: number): RunningProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold spaces; the parent is the second field after it, proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(fields[1]) !== parent) return []
    return [{ pid, commandLine: readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ') }]
  } catch {
    return [] // it ended while we looked
  }
}
