// Discovery: what each client on the machine is set to, with where it came from, and never the gateway itself.
import { describe, expect, it } from 'vitest'
import { discoverApk } from '../../src/config/clients/apk.ts'
import { archiveName, discoverApt } from '../../src/config/clients/apt.ts'
import { discoverNpm } from '../../src/config/clients/npm.ts'
import { discoverPypi } from '../../src/config/clients/pypi.ts'
import { discoverYum } from '../../src/config/clients/yum.ts'
import type { Discovery } from '../../src/config/machine.ts'
import { makePlace } from './place.ts'

const OWN = 'http://localhost:8080/'

function urlsOf({ repositories }: Discovery): readonly string[] {
  return repositories.flatMap(({ upstreams }) => upstreams.map(({ url }) => url))
}

describe('npm', () => {
  it.each([
    [
      'environment before files',
      { environment: { npm_config_registry: 'https://env.upstream.test/' } },
      'https://env.upstream.test',
    ],
    [
      'project before user',
      { files: { './.npmrc': 'registry = https://project.upstream.test/' } },
      'https://project.upstream.test',
    ],
    ['user', {}, 'https://user.upstream.test/npm'],
  ])('%s', async (_what, changes, url) => {
    const files = {
      '~/.npmrc': '; mine\nregistry="https://user.upstream.test/npm/"\n',
      ...('files' in changes ? changes.files : {}),
    }
    expect(urlsOf(await discoverNpm(makePlace({ ...changes, files })))).toEqual([url])
  })

  it('global file, found by asking npm', async () => {
    const place = makePlace({ files: { 'usr/etc/npmrc': 'registry=https://global.upstream.test/' } })
    const programs = { 'npm config get globalconfig': `${place.root}/usr/etc/npmrc` }
    const asking = { ...makePlace({ programs }), home: place.home, cwd: place.cwd }
    expect(urlsOf(await discoverNpm(asking))).toEqual(['https://global.upstream.test'])
  })

  it("npm's own default when nothing is set, asked with no settings at hand", async () => {
    const place = makePlace({ programs: { 'npm config get registry': 'https://default.upstream.test/' } })
    const found = await discoverNpm(place)
    expect(found.repositories[0]?.upstreams[0]).toMatchObject({
      url: 'https://default.upstream.test',
      origin: "npm's built-in default",
    })
    expect(place.asked.at(-1)).toMatch(/--userconfig=\/nonexistent/)
  })

  it('credentials follow the longest path, stay secret, and are told only to be there', async () => {
    const npmrc = [
      'registry=https://upstream.test/deep/npm/',
      '//upstream.test/:_authToken=wrong',
      '//upstream.test/deep/:_authToken=${TOKEN}',
      '//other.test/:_authToken=other',
    ].join('\n')
    const place = makePlace({ files: { '~/.npmrc': npmrc }, environment: { TOKEN: 'hunter2' } })
    const { repositories, notes } = await discoverNpm(place)
    expect(repositories[0]?.upstreams[0]?.authorization?.reveal()).toBe('Bearer hunter2')
    expect(JSON.stringify({ repositories, notes })).not.toMatch(/hunter2|wrong|other/)
    expect(notes[0]?.text).toMatch(/, with credentials$/)
  })

  it.each([
    ['_auth', '//upstream.test/:_auth=YTpi', 'Basic YTpi'],
    [
      'user name and password',
      `//upstream.test/:username=a\n//upstream.test/:_password=${btoa('b')}`,
      'Basic YTpi',
    ],
    ['the URL itself', '', undefined],
  ])('credentials as %s', async (_what, lines, expected) => {
    const place = makePlace({ files: { '~/.npmrc': `registry=https://upstream.test/\n${lines}\n` } })
    const [repository] = (await discoverNpm(place)).repositories
    expect(repository?.upstreams[0]?.authorization?.reveal()).toBe(expected)
  })

  it('a scoped registry becomes a private upstream whose scope nobody else may answer for', async () => {
    const npmrc =
      'registry=https://upstream.test/\n@acme:registry=https://acme.test/npm/\n//acme.test/npm/:_authToken=t\n'
    const [repository] = (await discoverNpm(makePlace({ files: { '~/.npmrc': npmrc } }))).repositories
    expect(repository).toMatchObject({
      upstreams: [
        { url: 'https://upstream.test', private: false },
        { url: 'https://acme.test/npm', private: true },
      ],
      reserved: ['@acme/*'],
      options: { privateUpstreams: ['https://acme.test/npm'] },
    })
    expect(repository?.upstreams.map(({ authorization }) => authorization?.reveal())).toEqual([
      undefined,
      'Bearer t',
    ])
  })

  it('never itself: what setup replaced counts, and else the next place', async () => {
    const files = {
      '~/.npmrc': `registry=${OWN}npm/\n`,
      '~/.npmrc.before-sallyport': 'registry=https://before.upstream.test/\n',
    }
    expect(urlsOf(await discoverNpm(makePlace({ files, own: OWN })))).toEqual([
      'https://before.upstream.test',
    ])
    const programs = { 'npm config get registry': 'https://default.upstream.test/' }
    const environment = { npm_config_registry: `${OWN}npm/` }
    expect(urlsOf(await discoverNpm(makePlace({ environment, programs, own: OWN })))).toEqual([
      'https://default.upstream.test',
    ])
  })

  it('says when there is nothing', async () => {
    const { repositories, notes } = await discoverNpm(makePlace())
    expect([repositories, notes[0]?.kind]).toEqual([[], 'missing'])
  })
})

describe('PyPI', () => {
  it.each<readonly [string, Parameters<typeof makePlace>[0], readonly string[]]>([
    [
      'PIP_INDEX_URL',
      { environment: { PIP_INDEX_URL: 'https://a.test/simple/' } },
      ['https://a.test/simple'],
    ],
    [
      'UV_DEFAULT_INDEX',
      { environment: { UV_DEFAULT_INDEX: 'main=https://a.test/simple' } },
      ['https://a.test/simple'],
    ],
    ['UV_INDEX_URL', { environment: { UV_INDEX_URL: 'https://a.test/simple' } }, ['https://a.test/simple']],
    [
      'user pip.conf',
      {
        files: {
          '~/.config/pip/pip.conf': '[global]\nindex-url = https://a.test/simple\n[install]\nno-binary = x\n',
        },
      },
      ['https://a.test/simple'],
    ],
    [
      'system pip.conf',
      { files: { 'etc/pip.conf': '[global]\nindex_url: https://a.test/simple\n' } },
      ['https://a.test/simple'],
    ],
    [
      'uv.toml',
      {
        files: {
          '~/.config/uv/uv.toml':
            '[[index]]\nname = "x"\nurl = "https://a.test/simple"\ndefault = true\n[[index]]\nurl = "https://b.test/simple"\n',
        },
      },
      ['https://a.test/simple', 'https://b.test/simple'],
    ],
    [
      'extra indexes over lines',
      {
        files: {
          'etc/pip.conf':
            '[global]\nindex-url = https://a.test/simple\nextra-index-url =\n  https://b.test/simple\n  https://c.test/simple\n',
        },
      },
      ['https://a.test/simple', 'https://b.test/simple', 'https://c.test/simple'],
    ],
    [
      "pip's built-in default",
      { programs: { 'python3 -c from pip._internal': 'https://default.test/simple' } },
      ['https://default.test/simple'],
    ],
  ])('%s', async (_what, options, urls) => {
    const found = await discoverPypi(makePlace(options))
    expect(urlsOf(found)).toEqual(urls)
    expect(found.repositories[0]?.upstreams.map((one) => one.private)).toEqual(
      urls.map((_, index) => index > 0),
    )
  })

  it('credentials in the URL leave it', async () => {
    const place = makePlace({ environment: { PIP_INDEX_URL: 'https://__token__:hunter2@a.test/simple' } })
    const found = await discoverPypi(place)
    expect(urlsOf(found)).toEqual(['https://a.test/simple'])
    expect(JSON.stringify(found)).not.toContain('hunter2')
    expect(found.repositories[0]?.upstreams[0]?.authorization?.reveal()).toBe(
      `Basic ${btoa('__token__:hunter2')}`,
    )
  })

  it('a broken uv.toml is passed over', async () => {
    const files = {
      'etc/uv/uv.toml': 'index-url = ',
      'etc/pip.conf': '[global]\nindex-url=https://a.test/simple\n',
    }
    expect(urlsOf(await discoverPypi(makePlace({ files })))).toEqual(['https://a.test/simple'])
  })

  it('never itself', async () => {
    const place = makePlace({ environment: { PIP_INDEX_URL: `${OWN}pypi/simple/` }, own: OWN })
    expect((await discoverPypi(place)).notes[0]?.kind).toBe('missing')
  })
})

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
      options: { keys: [`${place.root}/etc/pki/rpm-gpg/KEY`] },
    },
  ])
  expect(notes.filter(({ kind }) => kind === 'ignored').map(({ text }) => text)).toEqual([
    expect.stringMatching(/\[mirrors\]: it has no http or https baseurl/),
    expect.stringMatching(/\[remote-key\]: no local key/),
  ])
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
