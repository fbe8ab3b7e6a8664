// npm prints status, reason phrase and the body's error; of a hidden version the npm-notice.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('npm', {
  refusedTarball: (phrase) => phrase,
  hiddenPin: /ETARGET|No matching version found/,
})
