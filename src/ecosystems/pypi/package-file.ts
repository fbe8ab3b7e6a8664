// Reads what PyPI serves: wheels, which are unpacked, and sdists, which are built by running their code.
import type { PackageReader } from '../package-reader.ts'
import { readSdist } from './sdist-file.ts'
import { readWheel } from './wheel-file.ts'

const SDIST = /\.(?:tar\.gz|tgz|zip|tar\.bz2|tar\.xz)$/

export const pypiPackageReader: PackageReader = {
  formats: ['wheel', 'sdist'],
  accepts: (fileName) => fileName.endsWith('.whl') || SDIST.test(fileName),
  readPackage: (file, options) =>
    file.fileName.endsWith('.whl') ? readWheel(file, options) : readSdist(file, options),
}
