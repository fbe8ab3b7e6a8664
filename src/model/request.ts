// What a path of a repository can mean. Whatever is none of these is refused.

export interface IndexRequest {
  readonly kind: 'index'
  /** Index set to load. */
  readonly key: string
  /** Document within the rendered set. */
  readonly document: string
}

export interface ArtifactRequest {
  readonly kind: 'artifact'
  /** Canonical path, the key of the claim. */
  readonly path: string
  /** Index set that would hold the claim: loaded when the claim is not known yet. */
  readonly key: string
  /** Other claims that the same path may mean, asked in order when there is no such claim: several indexes share a folder. */
  readonly otherwise?: readonly ArtifactRequest[]
}

/** Ping, keys, search, audit: neither claims nor bytes. `name` selects the ecosystem's own handler. */
export interface SideRequest {
  readonly kind: 'side'
  readonly name: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface RedirectRequest {
  readonly kind: 'redirect'
  /** Canonical path, relative to the repository. */
  readonly to: string
}

export type GatewayRequest = IndexRequest | ArtifactRequest | SideRequest | RedirectRequest

/** What is counted of an answer to a package client. */
export interface RequestSample {
  readonly repository: string
  /** `other` is a request that is refused before it is known what it asks for. */
  readonly kind: 'index' | 'artifact' | 'side' | 'redirect' | 'other'
  readonly status: number
  readonly seconds: number
}
