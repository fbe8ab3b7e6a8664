// pnpm 12 prints the status and the URL of a refused tarball, neither phrase nor body; a hidden version does not exist for it.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('pnpm', {
  refusedTarball: () => /returned HTTP 403 for/,
  hiddenPin: /ERR_PNPM_NO_MATCHING_VERSION/,
})
