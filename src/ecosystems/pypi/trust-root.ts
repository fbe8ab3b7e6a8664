// Whom sigstore attestations may be signed under: the operator's own trusted root, or the public one as the library ships it.
import { readFile } from 'node:fs/promises'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' }
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import { GatewayError } from '../../model/errors.ts'

const TARGET = 'trusted_root.json'

/**
 * `location` is a sigstore trusted root in JSON (`trusted_root.json` of any deployment). Without one the public root that came with
 * the installed library is used, offline: it is as new as the gateway. Throws CONFIG_INVALID when the file is not a trusted root.
 */
export async function readTrustRoot(location: string | undefined): Promise<TrustMaterial> {
  try {
    const text = location === undefined ? publicRoot() : await readFile(location, 'utf8')
    return toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(text)))
  } catch (cause) {
    const from = location ?? 'the sigstore library'
    throw new GatewayError(
      'CONFIG_INVALID',
      `the trusted root of ${from} cannot be read`,
      { location },
      { cause },
    )
  }
}

function publicRoot(): string {
  for (const { targets } of Object.values(seeds as Seeds)) {
    const target = targets[TARGET]
    if (target !== undefined) return Buffer.from(target, 'base64').toString('utf8')
  }
  throw new TypeError(`the library ships no ${TARGET}`)
}

type Seeds = Readonly<Record<string, { readonly targets: Readonly<Record<string, string | undefined>> }>>
