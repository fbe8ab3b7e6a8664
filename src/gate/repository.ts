// One configured repository at run time: its settings and its protocol.
import type { Ecosystem, RepositorySettings } from '../ecosystems/ecosystem.ts'

export interface Repository {
  readonly settings: RepositorySettings
  readonly ecosystem: Ecosystem
}

/** How long a first request is held open while its artifact is examined, in milliseconds, below each client's read time-out. */
export const HOLD_OPEN_MS: Readonly<Record<string, number>> = {
  npm: 120_000, // npm waits 300 s, pnpm 60 s and then retries
  pypi: 12_000, // pip gives up after 15 s without a byte, and retries a 503
  deb: 25_000, // apt waits 30 s or more
  rpm: 25_000, // librepo gives up below 1,000 bytes/s for 30 s
  apk: 50_000,
}
