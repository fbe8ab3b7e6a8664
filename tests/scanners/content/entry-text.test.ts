// A text that was closed after a look says the same at the next one.
import { expect, it } from 'vitest'
import { looseText } from '../../../src/scanners/content/text.ts'
import { compileRules } from '../../../src/scanners/rules/compile.ts'

const rules = compileRules([])

it('tells after it was closed which literals occur, and where', () => {
  const literal = 'child_process'
  const id = rules.index.idOf('node:http')
  const text = looseText(Buffer.from(`const a = require("node:http") // ${literal}\n`))
  const before = [...text.against(rules).present]
  const places = [...text.placesOf(id, 'node:http')]
  expect(before[id]).toBe(1)
  expect(places).toEqual([19])
  for (let again = 0; again < 2; again++) {
    text.close()
    expect([...text.against(rules).present]).toEqual(before)
    expect([...text.placesOf(id, 'node:http')]).toEqual(places)
    expect(text.raw).toContain(literal)
  }
})

it('can be closed before anything was asked', () => {
  const text = looseText(Buffer.from('eval(1)'))
  text.close()
  expect(text.against(rules).present[rules.index.idOf('eval(')]).toBe(1)
})
