// The machine's own pip, older than the pinned one: it prints the reason phrase as well.
import { pypiClientSuite } from './pypi-suite.ts'

pypiClientSuite('pip-machine', { refusedFile: (phrase) => phrase })
