// Versions in the order of their ecosystem, for those who judge and for those who list what was judged.
import { ecosystemOf } from './ecosystems/all.ts'
import type { VersionOrder } from './policy/version-range.ts'

export const versionOrder: VersionOrder = (type, a, b) => ecosystemOf(type).compareVersions(a, b)
