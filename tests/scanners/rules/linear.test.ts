// Every rule meets texts made to make patterns stumble: twice the text may not take much more than twice the steps.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looseText } from '../../../src/scanners/content/text.ts'
import { collapseRuns, hasLongRun } from '../../../src/scanners/rules/collapse.ts'
import { compileRules } from '../../../src/scanners/rules/compile.ts'
import { LiteralIndex } from '../../../src/scanners/rules/literal-index.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { matchRule } from '../../../src/scanners/rules/match.ts'
import { rulesRevision } from '../../../src/scanners/rules/prepared.ts'
import type { RulePack } from '../../../src/scanners/rules/rule.ts'
import { checkPattern, MAX_PATHS } from '../../../src/scanners/rules/safety.ts'

const folder = new URL('../../../rules', import.meta.url).pathname

describe('unsafe patterns', () => {
  it.each([
    ['(a+)+b', /open-ended/],
    ['\\s*=', /open-ended/],
    ['(a|b)\\1', /back reference/],
    ['(?:a{1,20}){1,20}b', /backtracks/],
    ['.{0,200}.{0,200}x', /backtracks/],
    ['[A-Za-z0-9+/]{400,2000}', /repetition over/],
  ])('%s is refused', (source, reason) => {
    expect(() => checkPattern(source, '')).toThrow(reason)
  })

  it.each(['eval\\([^)]{0,200}atob', '\\b(?:curl|wget) [^\\n|]{1,200}\\|', '(?:\\d{1,3}\\.){3}\\d{1,3}'])(
    '%s is allowed',
    (source) => {
      expect(checkPattern(source, '').maxLength).toBeGreaterThan(0)
    },
  )
})

describe('the rules of the project', () => {
  it('have a revision that changes with their meaning', () => {
    const packs = loadRulePacks(folder)
    const [first, ...others] = packs
    expect(rulesRevision(packs)).toBe(rulesRevision(loadRulePacks(folder)))
    expect(rulesRevision([{ ...first, description: 'other' }, ...others])).not.toBe(rulesRevision(packs))
  })

  // A child with a deadline: a pattern that ran away would hold the worker for minutes and be killed here.
  it('end on repeated units, in a child that is killed at its deadline', async () => {
    const script = new URL('./repeated-units.ts', import.meta.url).pathname
    const run = promisify(execFile)(process.execPath, [script], { timeout: 170_000, killSignal: 'SIGKILL' })
    const { stdout } = await run
    const { units, scanned } = JSON.parse(stdout)
    expect(units).toBeGreaterThan(15)
    expect(scanned).toBeGreaterThanOrEqual(units * 100_000)
  }, 180_000)

  it(`allow no pattern more than ${MAX_PATHS} ways`, () => {
    for (const pack of loadRulePacks(folder)) {
      const entries = [
        ...pack.rules.flatMap((r) => [r.patterns, r.all, r.any, r.none]),
        ...Object.values(pack.signals ?? {}),
      ]
      for (const entry of entries.flatMap((list) => list ?? [])) {
        if (typeof entry === 'object' && 'signal' in entry) continue
        const { regex, flags = '' } = typeof entry === 'string' ? { regex: entry } : entry
        expect(() => checkPattern(regex, flags)).not.toThrow()
      }
    }
  })
})

describe('collapseRuns', () => {
  it.each([
    ['blanks', `a${' '.repeat(5000)}b`],
    ['escapes', `"${'\\x41'.repeat(5000)}"`],
    ['encoded text', `"${'QUJD'.repeat(5000)}"`],
    ['one character', `${'('.repeat(5000)}`],
  ])('shortens %s and keeps lines', (_name, run) => {
    const text = `first\n${run}\nlast`
    const short = collapseRuns(text)
    expect(short.length).toBeLessThan(800)
    expect(short.split('\n').length).toBe(3)
    expect(hasLongRun(Buffer.from(text))).toBe(true)
  })

  it('leaves ordinary code as it is', () => {
    const code = 'function add(a, b) {\n  return a + b // sum\n}\n'
    expect(collapseRuns(code)).toBe(code)
    expect(hasLongRun(Buffer.from(code))).toBe(false)
  })
})

describe('LiteralIndex', () => {
  it('finds exactly the literals that occur, whatever their case', () => {
    const words = ['child_process', 'eval(', 'atob', '/dev/tcp', '.npmrc', 'x1y', 'process.env']
    const index = new LiteralIndex(words)
    const texts = [
      'EVAL(ATOB(x))',
      'child_proces',
      'cat ~/.npmrc > /dev/tcp/1',
      '',
      'at',
      'x1yx1y process.env',
    ]
    for (const text of texts) {
      const { present } = index.find(Buffer.from(text))
      expect(words.filter((word) => present[index.idOf(word)] === 1)).toEqual(
        words.filter((word) => text.toLowerCase().includes(word)),
      )
    }
  })
})

describe('LiteralIndex places', () => {
  it('are those of every literal, also of one inside another', () => {
    const words = ['eval', 'evaluate', 'valu', 'aaa', 'http', 'https://', 'ttp']
    const index = new LiteralIndex(words)
    const letters = fc.constantFrom('eval', 'uate', 'A', 'aa', 'HTTP', 's://', 'h', ' ')
    fc.assert(
      fc.property(fc.array(letters), (parts) => {
        const text = parts.join('')
        const found = index.find(Buffer.from(text))
        for (const word of words) {
          const wanted = [...text.toLowerCase()].flatMap((_, at) =>
            text.toLowerCase().startsWith(word, at) ? [at] : [],
          )
          expect(found.placesOf(index.idOf(word))).toEqual(wanted)
          expect(found.present[index.idOf(word)]).toBe(wanted.length > 0 ? 1 : 0)
        }
      }),
      { seed: 7, numRuns: 1000 },
    )
  })

  it('are not kept when there are too many of them', () => {
    const index = new LiteralIndex(['aaa', 'bcd'])
    const found = index.find(Buffer.from(`${'a'.repeat(1_100_000)}bcd`))
    expect(found.placesOf(index.idOf('bcd'))).toBeUndefined()
    expect([...found.present]).toEqual([1, 1])
  })
})

describe('windows', () => {
  const pack = (regex: string, flags: string): RulePack => ({
    version: 1,
    name: 'test',
    description: 'test',
    layer: 'code',
    rules: [
      {
        id: 'test',
        title: 'test',
        severity: 'low',
        why: 'test',
        patterns: [{ regex, flags }],
        examples: { match: [], clean: [] },
      },
    ],
  })
  const matches = (regex: string, flags: string, text: string) => {
    const rules = compileRules([pack(regex, flags)])
    const [rule] = rules.patternRules
    return rule && matchRule(rule, looseText(Buffer.from(text)).against(rules)) !== undefined
  }

  it('lie where the text is, behind letters that take several bytes and behind shortened runs', () => {
    const before = `${'\u00e9\u{1f600}'.repeat(300)} ${' '.repeat(3000)} ${'=\t'.repeat(50)}`
    expect(matches('import os', '', `${before}import os`)).toBe(true)
    expect(matches('import os', 'i', `${before}IMPORT OS`)).toBe(true)
    expect(matches('import os$', '', `${before}import os${before}`)).toBe(false)
  })

  it('are found where there are more literals than places are kept', () => {
    expect(matches('import os$', '', `${'import o'.repeat(1_100_000)}import os`)).toBe(true)
  })

  it('do not make a line begin or a word end where they are cut', () => {
    const before = 'a b '.repeat(100)
    expect(matches('^import os', 'm', `${before}import os`)).toBe(false)
    expect(matches('^import os', 'm', `${before}\nimport os`)).toBe(true)
    expect(matches('import os$', '', `import os ${before}`)).toBe(false)
    expect(matches('import os$', '', `${before}import os`)).toBe(true)
  })
})
