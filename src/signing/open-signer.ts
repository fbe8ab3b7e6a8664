// The keys of repositories that sign: opened from their directory.

import { GatewayError } from '../model/errors.ts'
import type { Signer } from '../model/signer.ts'

/** Throws SIGNING_FAILED when there is no usable key: publishing halts, nothing leaves unsigned. */
export async function openSigner(directory: string): Promise<Signer> {
  throw new GatewayError('SIGNING_FAILED', `no signing key in ${directory}`, { directory })
}
