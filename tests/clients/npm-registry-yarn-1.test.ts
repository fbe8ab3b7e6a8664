// yarn 1 prints the status and the URL of a refused tarball, never the reason.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('yarn-1', {
  refusedTarball: () => /403 Forbidden|403 Blocked/,
  hiddenPin: /Couldn't find any versions/,
})
