// A new version against the last approved one.
import { describe, expect, it } from 'vitest'
import type { PackageSummary } from '../../../src/model/evidence.ts'
import { change, compareSummaries } from '../../../src/scanners/content/change.ts'
import { npmContents } from '../../support/package-contents.ts'

const BEFORE: PackageSummary = {
  maintainers: ['anna', 'ben'],
  repositoryUrl: 'https://git.test/a/b',
  hooks: [],
  nativeCode: [],
  fileCount: 3,
  unpackedBytes: 1000,
  foreignDependencies: [],
  capabilities: ['environment'],
}

const rulesOf = (now: Partial<PackageSummary>) =>
  compareSummaries(BEFORE, { ...BEFORE, ...now }).map((finding) => `${finding.severity} ${finding.rule}`)

describe('against the last approved version', () => {
  it.each<[string, Partial<PackageSummary>, string[]]>([
    ['nothing new', {}, []],
    ['a new hook', { hooks: ['install'] }, ['medium change-new-install-hook']],
    [
      'a new hook with new powers',
      { hooks: ['install'], capabilities: ['environment', 'network'] },
      ['high change-new-install-hook', 'low change-new-capability'],
    ],
    ['a lost capability', { capabilities: [] }, []],
    ['first native code', { nativeCode: ['x.node'] }, ['low change-new-native-code']],
    [
      'a dependency from git',
      { foreignDependencies: ['a@git+https://git.test/a'] },
      ['medium change-new-foreign-dependency'],
    ],
    ['one maintainer more', { maintainers: ['anna', 'ben', 'carl'] }, ['low change-new-maintainer']],
    ['all others', { maintainers: ['carl'] }, ['medium change-new-maintainer']],
    ['one maintainer less', { maintainers: ['anna'] }, []],
    ['another repository', { repositoryUrl: 'https://git.test/c/d' }, ['low change-repository-url']],
    ['another spelling of the repository', { repositoryUrl: 'git+https://git.test/a/b.git' }, []],
    ['twice the size', { unpackedBytes: 2000 }, []],
    ['a thousand times the size', { unpackedBytes: 2_000_000 }, ['low change-size-jump']],
  ])('%s', (_what, now, expected) => {
    expect(rulesOf(now)).toEqual(expected)
  })

  it('is skipped with a reason when there is none, and names the version when there is', async () => {
    const contents = npmContents({ 'a.js': '' }, { scripts: { postinstall: 'node a.js' } })
    expect(change.applies(contents, { rules: [] })).toMatch(/no other version/)
    const data = {
      rules: [],
      previous: { version: '0.9.0', summary: { ...BEFORE, repositoryUrl: 'https://git.test/a/b' } },
    }
    const findings = await change.scan(contents, data, new AbortController().signal)
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'change-new-install-hook',
        detail: expect.stringContaining('0.9.0'),
        reach: 'install',
      }),
    )
  })
})
