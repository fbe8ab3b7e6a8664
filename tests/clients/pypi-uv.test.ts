// uv prints title and detail of the problem document, and the reason phrase.
import { pypiClientSuite } from './pypi-suite.ts'

pypiClientSuite('uv', { refusedFile: (phrase) => phrase })
