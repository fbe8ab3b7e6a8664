// What is hidden in plain sight: encoded literals, measures of spelling, invisible text, inline programs.
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../../src/scanners/content/capabilities.ts'
import { decodedLiterals } from '../../../src/scanners/content/encoded-literals.ts'
import { farRightCode } from '../../../src/scanners/content/far-right.ts'
import { hiddenText } from '../../../src/scanners/content/hidden-text.ts'
import { inlineCode } from '../../../src/scanners/content/inline-code.ts'
import { measuresOf } from '../../../src/scanners/content/measures.ts'
import { reachesOf } from '../../../src/scanners/content/reach.ts'
import { redact } from '../../../src/scanners/content/text.ts'
import { compileRules } from '../../../src/scanners/rules/compile.ts'
import { npmContents, sdistContents } from '../../support/package-contents.ts'

const measure = (text: string, name: string) =>
  [...measuresOf(Buffer.from(text)), ...farRightCode(Buffer.from(text))].find((m) => m.name === name)
    ?.value ?? 0

describe('decodedLiterals', () => {
  const secret = 'https://collector.invalid/path'
  it.each([
    ['base64', `x = "${Buffer.from(secret).toString('base64')}"`],
    ['hex', `x = '${Buffer.from(secret).toString('hex')}'`],
    ['numbers', `x = [${[...Buffer.from(secret)].join(', ')}]`],
    ['reversed', `x = '${[...secret].reverse().join('')}'`],
  ])('reads %s', (encoding, text) => {
    expect(decodedLiterals(Buffer.from(text))).toEqual([{ text: secret, encoding, at: expect.any(Number) }])
  })

  it('leaves names, pictures and numbers alone', () => {
    const text = `a("getElementsByTagNameNS","iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",[1000,2000,3000,4000,1,2,3,4])`
    expect(decodedLiterals(Buffer.from(text))).toEqual([])
  })
})

describe('measures', () => {
  it('counts names of an obfuscator by their share', () => {
    expect(measure('var _0x1a2b=_0x3c4d;'.repeat(40), 'hex-name-share')).toBeGreaterThan(300)
    expect(measure('var mask = 0x1a2b;\n'.repeat(40), 'hex-name-share')).toBe(0)
  })
  it('sees code behind blanks, not tables', () => {
    expect(measure(`a = 1;${' '.repeat(200)};eval(x)`, 'far-right-danger')).toBe(200)
    expect(measure(`// name${' '.repeat(200)}| value`, 'far-right-code')).toBe(0)
  })
  it('adds up encoded text over lines', () => {
    const block = `x = """\n${`${'QuJ1'.repeat(19)}\n`.repeat(20)}"""`
    expect(measure(block, 'encoded-block')).toBe(76 * 20)
  })
})

describe('hiddenText', () => {
  it.each([
    ['variation selectors', '\ufe01\ufe02'.repeat(20), 'invisible-run'],
    ['an open override', 'if (a != "b\u202e // c") {', 'direction-override-open'],
    ['a mixed name', 'function r\u0435quest() {}', 'mixed-script-name'],
  ])('sees %s', (_name, text, name) => {
    expect(hiddenText(text).map((m) => m.name)).toContain(name)
  })
  it('takes a line of a table of characters for no code', () => {
    const table = '\u1f41\u0105'.repeat(800)
    const names = (text: string) => hiddenText(text).map((m) => m.name)
    expect(names(`const t = "${table}\u202a\u202b${'x'.repeat(800)}"`)).toEqual(['direction-override'])
    expect(names(`const t = "${'x'.repeat(3000)}\u202e // check"`)).toEqual(['direction-override-open'])
  })
  it('leaves emoji, flags and Cyrillic words alone', () => {
    expect(hiddenText('const s = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u2764\ufe0f"')).toEqual([])
    expect(hiddenText('"\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"')).toEqual([])
    expect(hiddenText('const hello = "\u043f\u0440\u0438\u0432\u0435\u0442"')).toEqual([])
  })
})

it('takes programs out of command lines', () => {
  expect(inlineCode(`node -e "require('x')" && python3 -c 'import os'`)).toEqual([
    { language: 'javascript', text: "require('x')" },
    { language: 'python', text: 'import os' },
  ])
  expect(inlineCode('node build.js')).toEqual([])
})

it('follows imports from hooks and entry points', () => {
  const filler = { 'lib/unused.js': `// ${'x'.repeat(200_000)}` }
  const files = {
    'index.js': "require('./lib/a')",
    'lib/a.js': "import './b.mjs'",
    'lib/b.mjs': '',
    'hook.js': "require('./h2')",
    'h2.js': '',
  }
  const reach = reachesOf(npmContents({ ...files, ...filler }, { scripts: { postinstall: 'node hook.js' } }))
  expect(Object.fromEntries(reach)).toEqual({
    'index.js': 'import',
    'lib/a.js': 'import',
    'lib/b.mjs': 'import',
    'hook.js': 'install',
    'h2.js': 'install',
  })
  const python = reachesOf(
    sdistContents({
      'setup.py': 'import helper',
      'helper.py': '',
      'p/__init__.py': 'from .core import x',
      'p/core.py': '',
      'p/other.py': `# ${'x'.repeat(200_000)}`,
    }),
  )
  expect(Object.fromEntries(python)).toEqual({
    'setup.py': 'install',
    'helper.py': 'install',
    'p/__init__.py': 'import',
    'p/core.py': 'import',
  })
})

it('lists capabilities', () => {
  const contents = npmContents({ 'index.js': "require('child_process'); fetch(process.env.X)" })
  expect(capabilitiesOf(contents, compileRules([]))).toEqual(['network', 'process', 'environment'])
})

it('shows no whole token and no control character in a snippet', () => {
  const shown = redact('token = "ghp_abcdefghijklmnop1234567890abcdefgh"\u001b[31m')
  expect(shown).not.toContain('abcdefghijklmnop1234')
  expect(shown).toMatch(/^[\x20-\x7e]*$/)
})
