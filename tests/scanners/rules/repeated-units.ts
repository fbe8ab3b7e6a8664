// Child of linear.test.ts: puts 100 KB of one repeated unit after another through all scanners and says how much it was.
import { examine } from '../../../bench/detection/examine.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { packageContents } from '../../support/package-contents.ts'

const UNITS = [
  ' ',
  'a',
  '\\x41',
  'eval(',
  'QUJD',
  '(',
  '[',
  '"',
  "'",
  '\n',
  ';',
  'curl ',
  'curl x |',
  'rm -rf ',
  'base64 -d ',
  '| sh ',
  '/dev/tcp/',
  'exec(',
  'https://',
  'http://1.2.3.',
  'require("',
  '_0x1a2b',
  '\ufe01',
  '\u202e',
  '0,',
  'O0',
  'import os;',
  'process.env',
  'fromCharCode(',
  "'+'",
  'a.',
  '[0]',
  '`${',
  '-enc ',
  '.ssh/',
]
const SIZE = 100_000

const packs = loadRulePacks(new URL('../../../rules', import.meta.url).pathname)
let scanned = 0
for (const unit of UNITS) {
  const text = unit.repeat(Math.ceil(SIZE / unit.length))
  const contents = packageContents(
    // Trees of Python cost most per byte and no pattern: a fifth of the text shows as much.
    { 'a.js': text, 'a.py': text.slice(0, SIZE / 5), 'a.sh': text },
    {
      hooks: [{ name: 'postinstall', interpreter: 'shell', script: text, reaches: ['a.js', 'a.py', 'a.sh'] }],
    },
  )
  await examine(contents, packs)
  scanned += text.length
}
process.stdout.write(JSON.stringify({ units: UNITS.length, scanned }))
