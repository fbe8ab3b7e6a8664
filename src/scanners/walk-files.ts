// One walk through the files of a package for all scanners that look at files one by one: each is opened once and let go.
import { setImmediate } from 'node:timers/promises'
import type { Finding } from '../model/finding.ts'
import type { PackageContents } from '../model/package-contents.ts'
import { codeFilesOf } from './content/code-files.ts'
import type { FileWalk, Scanner, ScannerData } from './scanner.ts'

/** How long timers wait at most: the signal of the deadline is one. */
const BREATH_MS = 50

export interface Walked {
  /** All findings of the scanner; throws what the scanner threw. */
  end(): Finding[]
  readonly milliseconds: number
}

interface Walker {
  readonly scanner: Scanner
  walk?: FileWalk
  failure?: { readonly thrown: unknown }
  milliseconds: number
}

/** A scanner that breaks ends its own walk and no other; out of time all of them fail. */
export async function walkFiles(
  scanners: readonly Scanner[],
  contents: PackageContents,
  data: ScannerData,
  signal: AbortSignal,
): Promise<ReadonlyMap<Scanner, Walked>> {
  const walkers = scanners.filter(({ walk }) => walk).map((scanner): Walker => ({ scanner, milliseconds: 0 }))
  for (const walker of walkers)
    guarded(walker, () => {
      const walk = walker.scanner.walk?.(contents, data)
      if (walk) walker.walk = walk
    })
  let breath = performance.now()
  for (const file of walkers.length > 0 ? codeFilesOf(contents) : []) {
    for (const walker of walkers) guarded(walker, () => walker.walk?.file(file))
    file.text.close()
    if (performance.now() - breath < BREATH_MS) continue
    await setImmediate()
    breath = performance.now()
    if (signal.aborted) for (const walker of walkers) walker.failure ??= { thrown: new Error('out of time') }
  }
  return new Map(walkers.map((walker) => [walker.scanner, walkedBy(walker)]))
}

function guarded(walker: Walker, step: () => void): void {
  if (walker.failure) return
  const started = performance.now()
  try {
    step()
  } catch (thrown) {
    walker.failure = { thrown }
  }
  walker.milliseconds += performance.now() - started
}

function walkedBy(walker: Walker): Walked {
  return {
    milliseconds: walker.milliseconds,
    end() {
      if (walker.failure) throw walker.failure.thrown
      if (!walker.walk) throw new Error('the scanner has not walked')
      return walker.walk.end()
    },
  }
}
