// How each ecosystem orders versions, without the rest of it: what decides needs no readers and no indexes.
import type { PurlType } from '../model/claim.ts'
import { compareApkVersions, isApkVersion } from './apk/version.ts'
import { compareDebVersions, isDebVersion } from './apt/version.ts'
import type { Ecosystem } from './ecosystem.ts'
import { compareNpmVersions, isNpmVersion } from './npm/version.ts'
import { comparePep440, isPep440 } from './pypi/version.ts'
import { compareRpmVersions, isRpmVersion } from './yum/version.ts'

export const ecosystemVersions: Readonly<Record<PurlType, Pick<Ecosystem, 'compareVersions' | 'isVersion'>>> =
  {
    npm: { compareVersions: compareNpmVersions, isVersion: isNpmVersion },
    pypi: { compareVersions: comparePep440, isVersion: isPep440 },
    deb: { compareVersions: compareDebVersions, isVersion: isDebVersion },
    rpm: { compareVersions: compareRpmVersions, isVersion: isRpmVersion },
    apk: { compareVersions: compareApkVersions, isVersion: isApkVersion },
  }
