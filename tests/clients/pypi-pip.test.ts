// pip prints the reason phrase of a refused file, and of its sidecar, which it asks first.
import { pypiClientSuite } from './pypi-suite.ts'

pypiClientSuite('pip', { refusedFile: (phrase) => phrase })
