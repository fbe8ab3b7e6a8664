// pnpm prints the reason phrase; a hidden version is one that does not exist.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('pnpm-10', {
  refusedTarball: (phrase) => phrase,
  hiddenPin: /ERR_PNPM_NO_MATCHING_VERSION/,
})
