// What a process of ours has cost so far, by the kernel's own account: processor time of all its threads, most memory.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Milliseconds of processor time of all threads that are alive; 0 where /proc does not tell. */
export function processorMilliseconds(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map(
        (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
      )
      .reduce((sum, one) => sum + one, 0)
  } catch {
    return 0
  }
}

/** Most memory that a process has had since it began, or since `forgetPeak` (VmHWM); 0 where /proc does not tell. */
export function peakMebibytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Lets the kernel count the most memory anew (proc_pid_clear_refs(5)); where that is not allowed the peak stays. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Another user's process: what is printed is the peak since it began.
  }
}
