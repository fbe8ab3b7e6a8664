// Every rule against its own examples, through the scanners that a package meets.
import { describe, expect, it } from 'vitest'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { findingsOfExample } from '../../support/rule-examples.ts'

const folder = new URL('../../../rules', import.meta.url).pathname
const packs = loadRulePacks(folder)
const rules = packs.flatMap((pack) =>
  pack.layer === 'secret' ? [] : pack.rules.map((rule) => ({ id: rule.id, rule, pack })),
)

describe.each(rules)('rule $id', ({ rule, pack }) => {
  it.each(rule.examples.match.map((example) => [example]))('matches %j', async (example) => {
    const found = await findingsOfExample(example, rule, pack, packs)
    expect(found).toContain(rule.id)
  })

  it.each(rule.examples.clean.map((example) => [example]))('leaves alone %j', async (example) => {
    const found = await findingsOfExample(example, rule, pack, packs)
    expect(found).not.toContain(rule.id)
  })
})
