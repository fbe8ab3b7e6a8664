// The one table which layer of the examination runs for which format; a skip says why and is never a pass.
import type { Layer } from '../model/finding.ts'
import type { PackageFormat } from '../model/package-contents.ts'

const DISTRIBUTION_NAMES =
  'names in a distribution are allotted by its maintainers, not taken first come first served'
const NO_HOOKS = 'a wheel runs nothing at install; .pth files and start-up modules belong to the code layer'
const NO_COUNTERPART = 'a source package is compared with no binary package of its name'
const VULNERABILITY = 'matched by the gateway against its advisories, with no need of the bytes'

type Row = Readonly<Record<Layer, 'run' | { readonly skip: string }>>

const EVERYTHING: Row = {
  integrity: 'run',
  malware: 'run',
  virus: 'run',
  script: 'run',
  code: 'run',
  secret: 'run',
  binary: 'run',
  name: 'run',
  change: 'run',
  vulnerability: { skip: VULNERABILITY },
}
const DISTRIBUTION: Row = { ...EVERYTHING, name: { skip: DISTRIBUTION_NAMES } }

export const MATRIX: Readonly<Record<PackageFormat, Row>> = Object.freeze({
  'npm-tgz': EVERYTHING,
  wheel: { ...EVERYTHING, script: { skip: NO_HOOKS } },
  sdist: EVERYTHING,
  deb: DISTRIBUTION,
  'deb-source': { ...DISTRIBUTION, change: { skip: NO_COUNTERPART } },
  rpm: DISTRIBUTION,
  apk: DISTRIBUTION,
})

/** `true`, or why this layer does not look at this format. */
export function layerApplies(format: PackageFormat, layer: Layer): true | string {
  const cell = MATRIX[format][layer]
  return cell === 'run' ? true : cell.skip
}
