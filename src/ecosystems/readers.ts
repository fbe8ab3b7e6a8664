// Every package reader, by purl type; a type with several formats asks each reader for its file names.
import type { PurlType } from '../model/claim.ts'
import { apkPackageReader } from './apk/package-file.ts'
import { debPackageReader } from './apt/package-file.ts'
import { debSourceReader } from './apt/source-file.ts'
import { npmPackageReader } from './npm/package-file.ts'
import type { PackageReader } from './package-reader.ts'
import { pypiPackageReader } from './pypi/package-file.ts'
import { rpmPackageReader } from './yum/package-file.ts'

export const allReaders: Readonly<Record<PurlType, readonly PackageReader[]>> = Object.freeze({
  npm: [npmPackageReader],
  pypi: [pypiPackageReader],
  deb: [debPackageReader, debSourceReader],
  rpm: [rpmPackageReader],
  apk: [apkPackageReader],
})
