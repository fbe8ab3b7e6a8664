// The ecosystems that every invariant is proved for, one row each: how to make an upstream with one honest artifact.
import { apkRow } from './apk-row.ts'
import { debRow } from './deb-row.ts'
import { npmRow } from './npm-row.ts'
import { pypiRow } from './pypi-row.ts'
import type { DoorRow } from './row.ts'
import { rpmRow } from './rpm-row.ts'

export const doorRows: readonly DoorRow[] = [npmRow, pypiRow, debRow, rpmRow, apkRow]
