// bun prints status and URL.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('bun', {
  refusedTarball: () => /403/,
  hiddenPin: /No version matching/,
})
