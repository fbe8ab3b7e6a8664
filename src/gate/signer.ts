// The signer of repositories that sign nothing.

import { GatewayError } from '../model/errors.ts'
import type { Signer } from '../model/signer.ts'

function refuse(): never {
  throw new GatewayError('SIGNING_FAILED', 'this repository has no signing key')
}

/** npm and PyPI indexes carry no signature of ours; asking for one is a mistake and fails. */
export const noSigner: Signer = {
  clearSign: refuse,
  detachedSign: refuse,
  rsaSign: refuse,
  publicKey: '',
  rsaPublicKeys: [],
}
