// What `setup` does for one package client: which files change how, and what a person reads.
import type { RepositoryOptions } from '../../config/config.ts'
import type { Machine } from '../../config/machine.ts'

/** A repository of the gateway as a client sees it. */
export interface ServedRepository {
  readonly name: string
  readonly type: string
  /** Absolute, with trailing slash. */
  readonly url: string
  /** Upstream bases, when the configuration of the gateway is at hand. */
  readonly upstreams: readonly string[]
  readonly options: RepositoryOptions
}

export interface SetupContext {
  readonly machine: Machine
  /** `http://localhost:8080`, without trailing slash. */
  readonly publicUrl: string
  readonly repositories: readonly ServedRepository[]
  /** Public halves of the signing keys, when they can be read here: then setup installs them. */
  readonly keys?: PublicKeys
}

export interface PublicKeys {
  /** One armoured block. */
  readonly openpgp: string
  /** By the file name that the indexes of apk name, current first. */
  readonly rsa: readonly { readonly name: string; readonly pem: string }[]
}

export interface FileEdit {
  /** Absolute. */
  readonly path: string
  /** Lines that are printed: what the file has to say. */
  readonly lines: readonly string[]
  /** The whole new content from the old; `before` is empty when there is no file. */
  readonly change: (before: string) => string
}

export interface SetupPlan {
  readonly edits: readonly FileEdit[]
  /** What a person must do besides, or know. */
  readonly notes: readonly string[]
}

export interface Client {
  readonly name: string
  /** Where the setting goes. */
  readonly about: string
  /** Throws BAD_REQUEST when the gateway serves nothing that this client could use. */
  plan(context: SetupContext): SetupPlan
}
