// pdm prints the reason phrase.
import { pypiClientSuite } from './pypi-suite.ts'

pypiClientSuite('pdm', { refusedFile: (phrase) => phrase })
