// Which files of a version go together when one of them is refused.
import { describe, expect, it } from 'vitest'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import type { Shown } from '../../../src/model/verdict.ts'
import { claimsIn, entry, jsonPage, refused, refusing, renderJson, renderType } from './pages.ts'

const page = jsonPage(
  'pkg',
  [
    entry('pkg-1.0-py3-none-any.whl'),
    entry('pkg-1.0.tar.gz'),
    entry('pkg-2.0-cp311-cp311-linux_x86_64.whl'),
    entry('pkg-2.0-cp311-cp311-win_amd64.whl'),
    entry('pkg-2.0.0.tar.gz'),
    entry('pkg-3.0.tar.gz', { yanked: 'oops' }),
  ],
  { versions: ['1.0', '2.0', '3.0'] },
)

async function yankedIn(show: Parameters<typeof renderJson>[1]): Promise<Record<string, unknown>> {
  const { files } = await renderJson(page, show)
  return Object.fromEntries(files.map(({ filename, yanked }) => [filename.slice(4), yanked]))
}

describe('withholding on a project page', () => {
  it('keeps a refused file as yanked with our reason, so that a pin reads it', async () => {
    const yanked = await yankedIn(
      refusing((path) => path.endsWith('win_amd64.whl'), refused('secret', 'a key lies in it', 'held')),
    )
    expect(yanked).toEqual({
      '1.0-py3-none-any.whl': false,
      '1.0.tar.gz': false,
      '2.0-cp311-cp311-linux_x86_64.whl': false,
      '2.0-cp311-cp311-win_amd64.whl': 'Held by policy: a key lies in it',
      '2.0.0.tar.gz': false,
      '3.0.tar.gz': 'oops',
    })
    expect(
      await renderType(
        page,
        'text/html',
        refusing((path) => path.endsWith('win_amd64.whl')),
      ),
    ).toContain('data-yanked="Blocked by policy: not on the list"')
  })

  it('drops malware, and a version that has nothing else', async () => {
    const malware = refused('known-malware', 'it steals')
    const show = refusing((path) => path.includes('pkg-2.0'), malware)
    expect(await yankedIn(show)).toEqual({
      '1.0-py3-none-any.whl': false,
      '1.0.tar.gz': false,
      '3.0.tar.gz': 'oops',
    })
    expect((await renderJson(page, show)).versions).toEqual(['1.0', '3.0'])
  })

  it('drops the sdist of a version with a malicious wheel too: installers would fall back to it', async () => {
    const show = refusing((path) => path.includes('win_amd64'), refused('known-malware', 'it steals'))
    expect(Object.keys(await yankedIn(show))).not.toContain('2.0.0.tar.gz')
  })

  it('refuses the sdist when a wheel of its release is blocked, or when all of them are withheld', async () => {
    const oneBlocked = await yankedIn(refusing((path) => path.includes('linux')))
    expect(oneBlocked['2.0.0.tar.gz']).toBe(
      'Blocked by policy: a wheel of this version is refused: not on the list',
    )
    expect(oneBlocked['2.0-cp311-cp311-win_amd64.whl']).toBe(false)
    const held = refused('cooldown', 'too new', 'held')
    const oneHeld = await yankedIn(refusing((path) => path.includes('linux'), held))
    expect(oneHeld['2.0.0.tar.gz']).toBe(false)
    const allHeld = await yankedIn(refusing((path) => path.includes('2.0-cp'), held))
    expect(allHeld['2.0.0.tar.gz']).toBe('Held by policy: a wheel of this version is refused: too new')
  })

  it('says both reasons when the upstream yanked the file as well', async () => {
    const yanked = await yankedIn(refusing((path) => path.includes('3.0')))
    expect(yanked['3.0.tar.gz']).toBe('Blocked by policy: not on the list (yanked upstream: oops)')
  })

  it('leaves every other version selectable, and always answers with a page', async () => {
    const all = refusing(() => true)
    const {
      documents,
      refused: refusal,
      withheld,
    } = await pypiEcosystem.renderIndex(page.set, page.context(all))
    expect(refusal).toBeUndefined()
    expect(documents).toHaveLength(3)
    expect(withheld).toHaveLength(6)
    expect((await renderJson(page, all)).versions).toEqual(['1.0', '2.0', '3.0'])
  })

  it('puts a project of which only malware exists into quarantine', async () => {
    const rendered = await renderJson(
      page,
      refusing(() => true, refused('known-malware', 'it steals')),
    )
    expect(rendered).toMatchObject({
      files: [],
      versions: [],
      'project-status': { status: 'quarantined', reason: 'Blocked by policy: it steals' },
    })
  })

  it('prints only ASCII, at a bounded length', async () => {
    const show = refusing(
      (path) => path.includes('1.0-py3'),
      refused('policy', `caf\u00e9\n${'x'.repeat(5000)}`),
    )
    const reason = String((await yankedIn(show))['1.0-py3-none-any.whl'])
    expect(reason).toMatch(/^Blocked by policy: caf\?\?x+$/)
    expect(reason.length).toBeLessThanOrEqual(300)
  })
})

describe('the same rule at the artifact door', () => {
  async function refusal(path: string, answers: Record<string, Shown>) {
    const claims = await claimsIn(page)
    const claim = claims.find((one) => one.path.endsWith(path))
    if (claim === undefined) throw new Error(`no claim for ${path}`)
    const siblings = claims.map((one) => {
      const name = Object.keys(answers).find((part) => one.path.includes(part))
      return {
        claim: one,
        shown: (name === undefined ? undefined : answers[name]) ?? { show: true as const },
      }
    })
    const rule = pypiEcosystem.siblingRule
    return rule?.concerns(claim) === true ? rule.refuse(claim, siblings) : undefined
  }

  it('refuses the sdist of a blocked wheel, in any spelling of the version', async () => {
    expect(await refusal('pkg-2.0.0.tar.gz', { linux: refused('policy', 'not on the list') })).toMatchObject({
      outcome: 'blocked',
      reasons: [{ rule: 'wheels-refused', text: 'a wheel of this version is refused: not on the list' }],
    })
  })

  it('says nothing about wheels, about other versions, and about sdists without wheels', async () => {
    expect(await refusal('win_amd64.whl', { linux: refused('policy', 'no') })).toBeUndefined()
    expect(await refusal('pkg-1.0.tar.gz', { linux: refused('policy', 'no') })).toBeUndefined()
    expect(await refusal('pkg-3.0.tar.gz', {})).toBeUndefined()
  })
})
