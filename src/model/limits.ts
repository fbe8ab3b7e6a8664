// Limits under which one artifact is read. Breaking one is a refusal with a reason, never a crash.

export interface ReadLimits {
  /** Most compressed bytes read of one artifact. */
  readonly maxArtifactBytes: number
  /** Most bytes unpacked of one artifact, all members together. */
  readonly maxUnpackedBytes: number
  /** Unpacked to packed, looked at after the first `ratioGraceBytes`. */
  readonly maxRatio: number
  readonly ratioGraceBytes: number
  readonly maxEntries: number
  readonly maxPathBytes: number
  /** Archives inside archives that are opened. */
  readonly maxNesting: number
  /** A file above this is not retained whole; it is hashed and shown to observers in chunks. */
  readonly retainFileBytes: number
  /** Retained content of one artifact, all files together. */
  readonly retainTotalBytes: number
  readonly maxMilliseconds: number
}

const MIB = 1024 * 1024

export const DEFAULT_READ_LIMITS: ReadLimits = Object.freeze({
  maxArtifactBytes: 2048 * MIB,
  maxUnpackedBytes: 4096 * MIB,
  maxRatio: 200,
  ratioGraceBytes: 16 * MIB,
  maxEntries: 200_000,
  maxPathBytes: 4096,
  maxNesting: 3,
  retainFileBytes: 16 * MIB,
  retainTotalBytes: 160 * MIB,
  maxMilliseconds: 60_000,
})
