// What decides orders versions as the ecosystem itself does.
import { expect, it } from 'vitest'
import { allEcosystems } from '../../src/ecosystems/all.ts'
import { ecosystemVersions } from '../../src/ecosystems/version-orders.ts'

it.each(allEcosystems.map((ecosystem) => ({ ecosystem, type: ecosystem.type })))('$type', ({ ecosystem }) => {
  expect(ecosystemVersions[ecosystem.type].compareVersions).toBe(ecosystem.compareVersions)
  expect(ecosystemVersions[ecosystem.type].isVersion).toBe(ecosystem.isVersion)
})
