// Follows data through JavaScript and TypeScript by syntax tree, in the files where that can matter.
import { ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { findingsOfAnalysis } from './code-facts.ts'
import { eachFile, fileScanner } from './file-scanner.ts'
import { isScript, scriptReader, scriptsOf } from './script-analyses.ts'

export const javascriptCode: Scanner = fileScanner({
  id: 'javascript-code',
  version: 1,
  layer: 'code',
  applies: (contents) => (scriptsOf(contents).length > 0 ? true : 'the package holds no JavaScript'),
  walk(contents, data) {
    const rules = ruleSetOf(data.rules)
    const analyse = scriptReader(contents, rules)
    return eachFile((file) => {
      const analysis = isScript(file) ? analyse(file) : undefined
      return analysis ? findingsOfAnalysis(analysis, file, contents, rules) : []
    })
  },
})
