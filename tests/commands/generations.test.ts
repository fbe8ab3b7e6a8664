// `generations` and `diff` over an archive that really changed: what is added, removed, upgraded, downgraded.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { openInProcess } from '../gate/in-process.ts'
import { startAptUpstream } from '../support/apt-upstream.ts'
import { makeDesk } from './io.ts'

it('list what is kept and tell what changed', { timeout: 120_000 }, async () => {
  const upstream = await startAptUpstream()
  for (const name of ['stays', 'goes', 'rises', 'falls']) await upstream.publish({ name, version: '2.0' })
  const without = (text: string, name: string) =>
    text
      .split('\n\n')
      .filter((stanza) => !stanza.startsWith(`Package: ${name}\n`))
      .join('\n\n')
  const versioned = (text: string, name: string, version: string) =>
    text.replace(`Package: ${name}\nVersion: 2.0\n`, `Package: ${name}\nVersion: ${version}\n`)
  await upstream.release({ date: new Date(Date.now() - 60_000) })
  const options = { suites: ['stable'], architectures: ['amd64'], keyrings: [upstream.keyring] }
  const repositories = [{ name: 'debian', type: 'deb', upstreams: [upstream.url], options }]
  const desk = makeDesk()
  const directory = join(desk.cwd, 'data')
  writeFileSync(
    join(desk.cwd, 'sallyport.yaml'),
    stringify({ dataDirectory: directory, repositories, publicUrl: 'http://gateway.test' }),
  )
  const gateway = await openInProcess({ repositories, directory, config: { limits: { indexFresh: '1s' } } })
  const release = async () => (await gateway.get('/debian/dists/stable/InRelease')).text()
  try {
    const first = await release()
    await upstream.publish({ name: 'comes', version: '1.0' })
    await upstream.release({
      packages: (text) => versioned(versioned(without(text, 'goes'), 'rises', '10.0'), 'falls', '1.0'),
    })
    await expect.poll(release, { timeout: 60_000, interval: 500 }).not.toBe(first)
    const listed = JSON.parse((await desk.run('generations', 'debian', '--json')).out) as { number: number }[]
    expect(listed.length).toBe(2)
    const [newer, older] = listed.map(({ number }) => String(number))
    const { code, out } = await desk.run('diff', 'debian', older ?? '', newer ?? '')
    expect(code).toBe(0)
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).join(' '))
        .sort(),
    ).toEqual([
      'added comes:all 1.0',
      'downgraded falls:all 2.0 -> 1.0',
      'removed goes:all 2.0',
      'upgraded rises:all 2.0 -> 10.0',
    ])
    expect((await desk.run('diff', 'debian', newer ?? '', newer ?? '')).code).toBe(1)
    expect((await desk.run('diff', 'debian', '1', '999')).code).toBe(2)
  } finally {
    await gateway.close()
    await upstream.close()
  }
})
