// How long a gateway's main thread computes without a turn for anybody else, in processor time: other work on the machine does not count.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PRELOADED = new URL('./held-loop-watch.ts', import.meta.url).href

export interface HeldLoop {
  /** For the gateway's process. */
  readonly environment: Readonly<Record<string, string>>
  /** From now on. */
  start(): void
  /** Milliseconds of the longest turn since the start; the watch looks every five. */
  worst(): number
  remove(): void
}

export function prepareHeldLoop(): HeldLoop {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-held-'))
  const file = join(folder, 'worst')
  return {
    environment: { NODE_OPTIONS: `--import ${PRELOADED}`, BENCH_HELD_FILE: file },
    start: () => writeFileSync(file, '0'),
    worst() {
      const said = existsSync(file) ? Number(readFileSync(file, 'utf8')) : Number.NaN
      rmSync(file, { force: true })
      return said
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
