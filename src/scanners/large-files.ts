// The observers of all scanners as one: each large file is streamed once and shown to whoever asked for it.
import { asGatewayError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { PackageEntry } from '../model/package-contents.ts'
import type { CopyOut } from './copy-out.ts'
import type { LargeFileObserver, Scanner, ScannerData } from './scanner.ts'

type LargeEntry = Pick<PackageEntry, 'path' | 'sizeBytes' | 'mode' | 'member'>
export type ObserveLargeFile = (entry: LargeEntry) => LargeFileObserver

export interface JoinedObservers {
  readonly observe: ObserveLargeFile
  /** Why this scanner could not look into a large file; its run is then a failure, not a pass. */
  failureOf(scannerId: string): string | undefined
}

/** A broken observer stops observing, is remembered as failed, and disturbs neither the reader nor the other observers. */
export function joinObservers(
  scanners: readonly Scanner[],
  data: ScannerData,
  copy?: CopyOut,
): JoinedObservers {
  const observing = scanners.filter((scanner) => scanner.observe !== undefined)
  const failures = new Map<string, string>()

  function guarded<T>(scanner: Scanner, work: () => T): T | undefined {
    if (failures.has(scanner.id)) return undefined
    try {
      return work()
    } catch (thrown) {
      failures.set(scanner.id, asGatewayError(thrown).message)
      return undefined
    }
  }

  function observe(entry: LargeEntry): LargeFileObserver {
    const active = observing.flatMap((scanner) => {
      const observer = guarded(scanner, () => scanner.observe?.(entry, data))
      return observer === undefined ? [] : [{ scanner, observer }]
    })
    const copied = copy?.pieces(entry)
    return {
      chunk(bytes) {
        copied?.chunk(bytes)
        for (const { scanner, observer } of active) guarded(scanner, () => observer.chunk(bytes))
      },
      end(): Finding[] {
        copied?.end()
        return active.flatMap(({ scanner, observer }) => guarded(scanner, () => observer.end()) ?? [])
      },
    }
  }

  return { observe, failureOf: (scannerId) => failures.get(scannerId) }
}
