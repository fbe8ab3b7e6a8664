// yarn 4 prints the reason phrase.
import { npmClientSuite } from './npm-suite.ts'

npmClientSuite('yarn-berry', {
  refusedTarball: (phrase) => `403 (${phrase})`,
  hiddenPin: /No candidates found/,
})
