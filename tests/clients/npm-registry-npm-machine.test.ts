// npm prints status, reason phrase and the body's error; of a hidden version the npm-notice.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('npm-machine', {
  refusedTarball: (phrase) => phrase,
  hiddenPin: /npm notice.*withheld is-number@7\.0\.1: Downloaded text.*ETARGET/,
})
