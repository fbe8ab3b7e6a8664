// Preloaded into a gateway under measurement, see held-loop.ts. Processes that it starts are left alone.
import { existsSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const LOOK_MS = 5
const file = process.env['BENCH_HELD_FILE']

if (isMainThread && file !== undefined) {
  delete process.env['BENCH_HELD_FILE']
  delete process.env['NODE_OPTIONS']
  watch(file)
}

function watch(file: string): void {
  let worst = 0
  let last = computedMs()
  setInterval(() => {
    const now = computedMs()
    const turn = now - last
    last = now
    if (!existsSync(file)) worst = 0
    else if (turn > worst) {
      worst = turn
      writeFileSync(file, worst.toFixed(1))
    }
    last = computedMs() // without this look itself
  }, LOOK_MS).unref()
}

/** Of this thread alone. */
function computedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
