// Inert samples of the behaviours of docs/examination.md: nothing here is ever run, every host is reserved for documentation.
import type { PurlType } from '../../src/model/claim.ts'
import { moreFieldSamples } from './field-more.ts'
import { fieldNpmSamples } from './field-npm.ts'
import { fieldPypiSamples } from './field-pypi.ts'
import { takenOverSamples } from './field-takeovers.ts'
import { togetherSamples } from './field-together.ts'
import { maintainerSamples } from './samples-maintainer.ts'
import { pythonSamples } from './samples-python.ts'
import { scriptSamples } from './samples-script.ts'

export interface Sample {
  /** `7 js 2`: behaviour, language, variant. */
  readonly id: string
  readonly behaviour: number
  readonly language: 'js' | 'py' | 'sh'
  readonly ecosystem: PurlType
  readonly files: Readonly<Record<string, string>>
  /** npm: lifecycle entries; deb, rpm, apk: maintainer scripts by name. */
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly version?: string
  /** Known to be missed, with the reason: counted by the benchmark, not held against a change. */
  readonly missed?: string
}

/** All samples, by behaviour. */
export function samples(): Sample[] {
  return [
    ...scriptSamples(),
    ...pythonSamples(),
    ...maintainerSamples(),
    ...fieldNpmSamples(),
    ...togetherSamples(),
    ...takenOverSamples(),
    ...fieldPypiSamples(),
    ...moreFieldSamples(),
  ].sort((a, b) => a.behaviour - b.behaviour)
}
