// Limits, pools and caches: written sizes and durations into numbers, with their defaults.
import { DEFAULT_READ_LIMITS } from '../model/limits.ts'
import { parseBytes, parseDuration } from '../model/quantity.ts'
import type { AccessConfig, Caches, Limits, Pools, WaiversConfig } from './config.ts'
import type { ConfigDocument } from './document.ts'

const MIB = 1024 * 1024
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

type Written = Readonly<Record<string, string | number>>

export function resolveLimits(document: ConfigDocument): Limits {
  const limits: Written = document.limits ?? {}
  const bytes = (key: string, fallback: number) => bytesOf(limits, key, fallback)
  const time = (key: string, fallback: number) => timeOf(limits, key, fallback)
  const count = (key: string, fallback: number) => Number(limits[key] ?? fallback)
  const examinationMs = time('examinationTime', 60 * SECOND)
  return {
    read: {
      ...DEFAULT_READ_LIMITS,
      maxArtifactBytes: bytes('artifact', DEFAULT_READ_LIMITS.maxArtifactBytes),
      maxUnpackedBytes: bytes('unpacked', DEFAULT_READ_LIMITS.maxUnpackedBytes),
      maxRatio: count('ratio', DEFAULT_READ_LIMITS.maxRatio),
      maxEntries: count('entries', DEFAULT_READ_LIMITS.maxEntries),
      maxMilliseconds: examinationMs,
    },
    maxIndexBytes: bytes('index', 512 * MIB),
    maxAheadBytes: bytes('ahead', 64 * MIB),
    maxRequestBytes: bytes('requestBody', 10 * MIB),
    examinationMs,
    examinerMemoryBytes: bytes('examinerMemory', 1024 * MIB),
    connectMs: time('connectTimeout', 10 * SECOND),
    headersMs: time('headersTimeout', 30 * SECOND),
    bodyMs: time('bodyTimeout', 30 * SECOND),
    totalMs: time('upstreamTotal', 15 * MINUTE),
    upstreamRetries: count('upstreamRetries', 3),
    indexFreshMs: time('indexFresh', 5 * MINUTE),
    indexStaleMs: time('indexStale', HOUR),
    indexStaleIfErrorMs: time('indexStaleIfError', 7 * 24 * HOUR),
    notFoundMs: time('notFound', MINUTE),
  }
}

export function resolvePools({ pools = {} }: ConfigDocument): Pools {
  return {
    examiners: pools['examiners'] ?? 2,
    indexWorkers: pools['indexWorkers'] ?? 2,
    upstreamConnections: pools['upstreamConnections'] ?? 64,
    examinationQueue: pools['examinationQueue'] ?? 1000,
  }
}

export function resolveCaches({ caches = {} }: ConfigDocument): Caches {
  return {
    indexBytes: bytesOf(caches, 'indexes', 64 * MIB),
    artifactBytes: bytesOf(caches, 'artifacts', 32 * MIB),
  }
}

export function resolveAccess({ access = {} }: ConfigDocument): AccessConfig {
  return { anonymous: 'read', failedLoginsPerMinute: 30, apiRequestsPerMinute: 600, ...access }
}

export function resolveWaivers({ waivers = {} }: ConfigDocument): WaiversConfig {
  const DAY = 24 * HOUR
  return {
    longestMs: timeOf(waivers, 'longest', 90 * DAY),
    reviewWithinMs: timeOf(waivers, 'reviewWithin', 7 * DAY),
  }
}

// The schema has refused what does not parse, so the fallback only stands for what is absent.
function bytesOf(written: Written, key: string, fallback: number): number {
  const value = written[key]
  return value === undefined ? fallback : (parseBytes(value) ?? fallback)
}

function timeOf(written: Written, key: string, fallback: number): number {
  const value = written[key]
  return value === undefined ? fallback : (parseDuration(String(value)) ?? fallback)
}
