// The ecosystems that every invariant is proved for, one row each: how to make an upstream with one honest artifact.
import { npmRow } from './npm-row.ts'
import { pypiRow } from './pypi-row.ts'
import type { DoorRow } from './row.ts'

export const doorRows: readonly DoorRow[] = [npmRow, pypiRow]
