// Discovery of archives: what apt, yum and apk on the machine are set to, with where it came from, and never the gateway itself.
import { describe, expect, it } from 'vitest'
import { discoverApk } from '../../src/config/clients/apk.ts'
import { archiveName, discoverApt } from '../../src/config/clients/apt.ts'
import { discoverYum } from '../../src/config/clients/yum.ts'
import type { Discovery } from '../../src/config/machine.ts'
import { makePlace } from './place.ts'

const OWN = 'http://localhost:8080/'

function urlsOf({ repositories }: Discovery): readonly string[] {
  return repositories.flatMap(({ upstreams }) => upstreams.map(({ url }) => url))
}

describe('apt', () => {
  const keyring = { 'usr/share/keyrings/a.gpg': 'key' }

  it('deb822 and one-line sources of one archive are one repository', async () => {
    const files = {
      ...keyring,
      'etc/apt/sources.list.d/a.sources': [
        'Types: deb deb-src\nURIs: http://upstream.test/debian/\nSuites: stable\n stable-updates\nComponents: main contrib',
        'Signed-By: /usr/share/keyrings/a.gpg\n\nEnabled: no\nTypes: deb\nURIs: http://off.test/debian\nSuites: x\nComponents: main',
        '\nTypes: deb-src\nURIs: http://src.test/debian\nSuites: x\nComponents: main\n',
      ].join('\n'),
      'etc/apt/sources.list': [
        '# deb http://comment.test/debian x main',
        'deb [arch=arm64,amd64 signed-by=/usr/share/keyrings/a.gpg] http://upstream.test/debian backports main',
        'deb-src http://src.test/debian x main',
      ].join('\n'),
    }
    const place = makePlace({ files })
    const { repositories } = await discoverApt(place)
    expect(repositories).toHaveLength(1)
    expect(repositories[0]).toMatchObject({
      name: 'debian',
      type: 'deb',
      mount: '/debian/',
      upstreams: [{ url: 'http://upstream.test/debian' }],
      options: {
        suites: ['backports', 'stable', 'stable-updates'],
        components: ['main', 'contrib'],
        architectures: ['arm64', 'amd64'],
        keyrings: [`${place.root}/usr/share/keyrings/a.gpg`],
      },
    })
  })

  it("without Signed-By the system's trusted keys verify", async () => {
    const files = {
      'etc/apt/sources.list': 'deb http://upstream.test/debian stable main',
      'etc/apt/trusted.gpg.d/b.asc': 'key',
    }
    const place = makePlace({ files })
    expect((await discoverApt(place)).repositories[0]?.options).toMatchObject({
      architectures: ['amd64'],
      keyrings: [`${place.root}/etc/apt/trusted.gpg.d/b.asc`],
    })
  })

  it.each([
    ['no key', 'deb http://upstream.test/debian stable main', 'no key verifies it'],
    [
      'a missing keyring',
      'deb [signed-by=/gone.gpg] http://upstream.test/debian stable main',
      'gone.gpg is missing',
    ],
    ['trusted=yes', 'deb [trusted=yes] http://upstream.test/debian stable main', 'unsigned'],
    ['a local archive', 'deb file:/srv/debian stable main', 'only http and https'],
  ])('%s is left out, with the reason', async (_what, line, reason) => {
    const { repositories, notes } = await discoverApt(makePlace({ files: { 'etc/apt/sources.list': line } }))
    expect(repositories).toEqual([])
    expect(notes[0]).toMatchObject({ kind: 'ignored', text: expect.stringContaining(reason) })
  })

  it('a source that already points at the gateway is not asked, what it replaced is', async () => {
    const files = {
      ...keyring,
      'etc/apt/sources.list': `deb [signed-by=/usr/share/keyrings/a.gpg] ${OWN}debian stable main`,
      'etc/apt/sources.list.before-sallyport':
        'deb [signed-by=/usr/share/keyrings/a.gpg] http://upstream.test/debian stable main',
    }
    expect(urlsOf(await discoverApt(makePlace({ files, own: OWN })))).toEqual(['http://upstream.test/debian'])
  })

  it.each([
    ['http://upstream.test/debian-security', 'debian-security'],
    ['https://packages.vendor.test/apt', 'vendor-apt'],
    ['https://deb.vendor.test/node_20.x', 'node-20-x'],
    ['https://vendor.test/', 'vendor'],
    ['http://127.0.0.1:3142/', 'apt'],
  ])('%s is named %s', (url, name) => {
    expect(archiveName(url)).toBe(name)
  })
})

it('yum: enabled sections with a base URL and local keys, variables filled in', async () => {
  const repo = [
    '[baseos]',
    'name=Base',
    'baseurl=http://upstream.test/$contentdir/$releasever/BaseOS/$basearch/os/',
    'gpgkey=file:///etc/pki/rpm-gpg/KEY',
    '[off]\nbaseurl=http://off.test/\nenabled=0',
    '[mirrors]\nmirrorlist=http://mirrors.test/list\ngpgkey=file:///etc/pki/rpm-gpg/KEY',
    '[remote-key]\nbaseurl=http://upstream.test/x\ngpgkey=https://keys.test/KEY',
  ].join('\n')
  const place = makePlace({
    files: {
      'etc/yum.repos.d/a.repo': repo,
      'etc/pki/rpm-gpg/KEY': 'key',
      'etc/os-release': 'ID=x\nVERSION_ID="9.4"\n',
      'etc/dnf/vars/contentdir': 'pub/rocky\n',
    },
  })
  const { repositories, notes } = await discoverYum(place)
  expect(repositories).toMatchObject([
    {
      name: 'baseos',
      type: 'rpm',
      upstreams: [{ url: 'http://upstream.test/pub/rocky/9/BaseOS/x86_64/os' }],
      options: { privateUpstreams: [], vendorKeys: [`${place.root}/etc/pki/rpm-gpg/KEY`] },
    },
  ])
  expect(repositories[0]?.options.keys).toBeUndefined()
  expect(notes.filter(({ kind }) => kind === 'ignored').map(({ text }) => text)).toEqual([
    expect.stringMatching(/\[mirrors\]: it has no http or https baseurl/),
    expect.stringMatching(/\[remote-key\]: no local key/),
  ])
})

it('yum: repo_gpgcheck makes the key verify the metadata too', async () => {
  const files = {
    'etc/yum.repos.d/a.repo':
      '[a]\nbaseurl=http://upstream.test/a\nrepo_gpgcheck=1\ngpgkey=file:///etc/pki/KEY\n',
    'etc/pki/KEY': 'key',
  }
  const place = makePlace({ files })
  const keys = [`${place.root}/etc/pki/KEY`]
  expect((await discoverYum(place)).repositories[0]?.options).toMatchObject({ keys, vendorKeys: keys })
})

it('apk: lines of one archive are one repository', async () => {
  const repositories = [
    'http://upstream.test/alpine/v3.20/main',
    '#http://upstream.test/alpine/v3.20/testing',
    '@edge http://upstream.test/alpine/edge/community',
    '/media/cdrom/apks',
  ].join('\n')
  const place = makePlace({
    files: {
      'etc/apk/repositories': repositories,
      'etc/apk/keys/a.rsa.pub': 'key',
      'etc/apk/arch': 'x86_64\n',
    },
  })
  expect((await discoverApk(place)).repositories).toMatchObject([
    {
      name: 'alpine',
      upstreams: [{ url: 'http://upstream.test/alpine' }],
      options: {
        versions: ['v3.20', 'edge'],
        repositories: ['main', 'community'],
        architectures: ['x86_64'],
        keys: [`${place.root}/etc/apk/keys`],
      },
    },
  ])
})
