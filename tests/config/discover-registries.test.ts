// Discovery of registries: what npm, pip and uv on the machine are set to, with where it came from, and never the gateway itself.
import { describe, expect, it } from 'vitest'
import { discoverNpm } from '../../src/config/clients/npm.ts'
import { discoverPypi } from '../../src/config/clients/pypi.ts'
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
