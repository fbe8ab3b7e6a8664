// Every storage backend, in one list a kind, and the choice by URL scheme.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GatewayError } from '../model/errors.ts'
import type { BlobStore } from './blob-store.ts'
import { openFilesystemBlobStore } from './filesystem-blob-store.ts'
import type { Ledger } from './ledger.ts'
import { openSqliteLedger } from './sqlite-ledger.ts'

export interface Backend<T> {
  /** Scheme of the URL that chooses it, without colon. */
  readonly scheme: string
  open(url: string): Promise<T>
  /** A new, empty one for the conformance suite. */
  openForTest(): Promise<T>
}

export const allBlobStores: readonly Backend<BlobStore>[] = [
  {
    scheme: 'file',
    open: (url) => openFilesystemBlobStore(pathOf(url)),
    openForTest: async () => openFilesystemBlobStore(await temporaryDirectory()),
  },
]

export const allLedgers: readonly Backend<Ledger>[] = [
  {
    scheme: 'sqlite',
    open: (url) => openSqliteLedger(pathOf(url)),
    openForTest: async () => openSqliteLedger(join(await temporaryDirectory(), 'ledger.sqlite')),
  },
]

/** `file:///srv/sallyport/blobs` or `file:data/blobs` (relative to the working directory). Throws CONFIG_INVALID, STORE_FAILED. */
export async function openBlobStore(url: string): Promise<BlobStore> {
  return chosen(allBlobStores, url).open(url)
}

/** `sqlite:///srv/sallyport/ledger.sqlite` or `sqlite:data/ledger.sqlite`. Throws CONFIG_INVALID, LEDGER_FAILED. */
export async function openLedger(url: string): Promise<Ledger> {
  return chosen(allLedgers, url).open(url)
}

function chosen<T>(backends: readonly Backend<T>[], url: string): Backend<T> {
  const scheme = url.slice(0, Math.max(0, url.indexOf(':')))
  const backend = backends.find((candidate) => candidate.scheme === scheme)
  if (backend) return backend
  const known = backends.map((candidate) => `${candidate.scheme}:`)
  // The URL itself may carry a password and is not repeated.
  throw new GatewayError('CONFIG_INVALID', `no storage for ${scheme}: URLs, only ${known.join(', ')}`, {
    scheme,
    known,
  })
}

// `file:a/b` is a relative path to people, although RFC 8089 has no relative form.
function pathOf(url: string): string {
  const rest = url.slice(url.indexOf(':') + 1)
  return rest.startsWith('//') ? fileURLToPath(`file:${rest}`) : rest
}

async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sallyport-'))
}
