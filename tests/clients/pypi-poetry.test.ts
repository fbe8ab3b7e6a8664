// poetry prints the reason phrase.
import { pypiClientSuite } from './pypi-suite.ts'

pypiClientSuite('poetry', { refusedFile: (phrase) => phrase })
