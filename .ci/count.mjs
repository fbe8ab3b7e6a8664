// Prints `N passed, N failed, N skipped` from vitest's JSON report and the number of failed steps, and exits 1 unless all is well.
import { readFileSync } from 'node:fs'

const [, , file, failedSteps] = process.argv

function counts() {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    // A file that could not even be loaded has no test that failed, and is a failure all the same.
    const broken = report.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
    )
    for (const { name, message } of broken) console.log(`could not run: ${name}: ${message}`)
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken.length,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch (error) {
    console.log(`no test report: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

const { passed, failed, skipped } = counts()
const steps = Number(failedSteps)
const all = failed > 0 ? failed : steps
console.log(`${passed} passed, ${all} failed, ${skipped} skipped`)
process.exitCode = all === 0 && passed > 0 ? 0 : 1
