// Every package protocol the gateway speaks, in the order in which help and documentation list them.
import type { PurlType } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import { apkEcosystem } from './apk/ecosystem.ts'
import { aptEcosystem } from './apt/ecosystem.ts'
import type { Ecosystem } from './ecosystem.ts'
import { npmEcosystem } from './npm/ecosystem.ts'
import { pypiEcosystem } from './pypi/ecosystem.ts'
import { yumEcosystem } from './yum/ecosystem.ts'

export const allEcosystems: readonly Ecosystem[] = [
  npmEcosystem,
  pypiEcosystem,
  aptEcosystem,
  yumEcosystem,
  apkEcosystem,
]

/** Throws CONFIG_INVALID for a type that no ecosystem has. */
export function ecosystemOf(type: PurlType): Ecosystem {
  const found = allEcosystems.find((ecosystem) => ecosystem.type === type)
  if (found === undefined)
    throw new GatewayError('CONFIG_INVALID', `no ecosystem has the type ${type}`, { type })
  return found
}
