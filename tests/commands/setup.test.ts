// `setup`: exact lines for each client; writing keeps the rest of a file, and undo leads back byte for byte.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { undoEdit, writeEdit } from '../../src/commands/backup.ts'
import { apk } from '../../src/commands/clients/apk.ts'
import { apt } from '../../src/commands/clients/apt.ts'
import type { Client, SetupContext } from '../../src/commands/clients/client.ts'
import { dnf } from '../../src/commands/clients/rpm.ts'
import { makePlace, type PlaceOptions } from '../config/place.ts'
import { type Desk, makeDesk } from './io.ts'

const CONFIG = {
  publicUrl: 'http://packages.test:8080',
  repositories: [
    { name: 'npm', type: 'npm', upstreams: ['https://upstream.test/npm'] },
    { name: 'pypi', type: 'pypi', upstreams: ['https://upstream.test/simple'] },
  ],
}

function configured(environment = {}): Desk {
  const desk = makeDesk(environment)
  writeFileSync(join(desk.cwd, 'sallyport.yaml'), stringify(CONFIG))
  return desk
}

function put(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content, { mode })
}

describe('language clients', () => {
  // [client, file under home or work, what it said before, what it says then]
  it.each([
    [
      'npm',
      'home/.npmrc',
      'fund=false\nregistry = https://old.test/\n//old.test/:_authToken=t\n',
      'fund=false\nregistry=http://packages.test:8080/npm/\n//old.test/:_authToken=t\n',
    ],
    ['pnpm', 'home/.npmrc', '', 'registry=http://packages.test:8080/npm/\n'],
    [
      'yarn',
      'home/.yarnrc.yml',
      'nodeLinker: node-modules\n',
      'nodeLinker: node-modules\nnpmRegistryServer: "http://packages.test:8080/npm"\nunsafeHttpWhitelist: ["packages.test"]\n',
    ],
    ['yarn', 'home/.yarnrc', 'registry "https://old.test/"\n', 'registry "http://packages.test:8080/npm/"\n'],
    [
      'bun',
      'home/.bunfig.toml',
      '[test]\ncoverage = true\n',
      '[test]\ncoverage = true\n\n[install]\nregistry = "http://packages.test:8080/npm/"\n',
    ],
    [
      'pip',
      'home/.config/pip/pip.conf',
      '[global]\ntimeout = 60\nindex-url = https://old.test/\n[install]\nuser = true\n',
      '[global]\ntrusted-host = packages.test:8080\nindex-url = http://packages.test:8080/pypi/simple/\ntimeout = 60\n[install]\nuser = true\n',
    ],
    [
      'uv',
      'home/.config/uv/uv.toml',
      'offline = false\n',
      'offline = false\n\n[[index]]\nurl = "http://packages.test:8080/pypi/simple/"\ndefault = true\n',
    ],
    [
      'poetry',
      'work/pyproject.toml',
      '[project]\nname = "x"\n',
      '[project]\nname = "x"\n\n[[tool.poetry.source]]\nname = "sallyport"\nurl = "http://packages.test:8080/pypi/simple/"\npriority = "primary"\n',
    ],
    ['pdm', 'home/.config/pdm/config.toml', '', '[pypi]\nurl = "http://packages.test:8080/pypi/simple/"\n'],
  ])('%s: %s', async (client, file, before, after) => {
    const desk = configured()
    const path = join(dirname(desk.home), file)
    if (before !== '') put(path, before, 0o600)

    const printed = await desk.run('setup', client)
    expect(printed).toMatchObject({ code: 0, err: '' })
    for (const line of after.split('\n').filter((one) => one.includes('packages.test')))
      expect(printed.out).toContain(line)
    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(before)

    expect(await desk.run('setup', client, '--write')).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(path, 'utf8')).toBe(after)
    if (before !== '') expect(statSync(path).mode & 0o777).toBe(0o600)
    if (client !== 'uv') {
      await desk.run('setup', client, '--write')
      expect(readFileSync(path, 'utf8')).toBe(after)
    }

    expect(await desk.run('setup', client, '--undo')).toMatchObject({ code: 0 })
    expect(existsSync(path)).toBe(before !== '')
    if (before !== '') expect(readFileSync(path, 'utf8')).toBe(before)
    expect(await desk.run('setup', client, '--undo')).toEqual({ code: 1, out: 'nothing to undo\n', err: '' })
  })

  it('--url is what the client uses', async () => {
    const { out } = await configured().run('setup', 'npm', '--url', 'https://gate.example.test/')
    expect(out).toContain('registry=https://gate.example.test/npm/\n')
    expect(await configured().run('setup', 'npm', '--url', 'gate')).toMatchObject({ code: 2 })
  })

  it('names scoped registries, which pass the gateway by', async () => {
    const desk = configured()
    put(join(desk.home, '.npmrc'), '@acme:registry=https://acme.test/\n')
    expect((await desk.run('setup', 'npm')).out).toContain('@acme has a registry of its own')
  })

  it('tells with --dry-run and --json what it would do, and does nothing', async () => {
    const desk = configured()
    const file = join(desk.home, '.npmrc')
    put(file, 'fund=false\n')
    expect((await desk.run('setup', 'npm', '--write', '--dry-run')).out).toContain('registry=')
    expect(JSON.parse((await desk.run('setup', 'npm', '--json')).out)).toMatchObject({
      files: [
        { path: file, lines: expect.arrayContaining([expect.stringContaining('registry=')]), changed: false },
      ],
    })
    expect(readFileSync(file, 'utf8')).toBe('fund=false\n')
    const written = await desk.run('setup', 'npm', '--write', '--json')
    expect(JSON.parse(written.out)).toMatchObject({ files: [{ changed: true }] })
    expect((await desk.run('setup', 'npm', '--undo', '--dry-run')).out).toContain(
      `would be put back: ${file}`,
    )
    expect(readFileSync(file, 'utf8')).toContain('registry=')
    expect((await desk.run('setup', 'npm', '--undo')).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('fund=false\n')
  })

  it('undo keeps what somebody wrote since', async () => {
    const desk = configured()
    const path = join(desk.home, '.npmrc')
    put(path, 'fund=false\n')
    await desk.run('setup', 'npm', '--write')
    writeFileSync(path, `${readFileSync(path, 'utf8')}audit=false\n`)
    const { out } = await desk.run('setup', 'npm', '--undo')
    expect(readFileSync(path, 'utf8')).toBe('fund=false\n')
    expect(out).toContain(`${path}.after-sallyport`)
    expect(readFileSync(`${path}.after-sallyport`, 'utf8')).toContain('audit=false')
  })

  it('refuses where it would guess', async () => {
    const desk = configured()
    put(join(desk.home, '.config/uv/uv.toml'), '[[index]]\nurl = "https://old.test"\ndefault = true\n')
    expect((await desk.run('setup', 'uv', '--write')).err).toContain('already has a default index')
    expect((await desk.run('setup', 'poetry', '--write')).err).toContain('pyproject.toml is missing')
    expect((await desk.run('setup', 'apt')).err).toContain(
      'no repository of type deb; it has: npm (npm), pypi (pypi)',
    )
  })

  it('the gateway goes on with what the client used before', async () => {
    const desk = makeDesk()
    put(join(desk.home, '.npmrc'), 'registry=https://upstream.test/npm/\n')
    await desk.run('setup', 'npm', '--write')
    expect(readFileSync(join(desk.home, '.npmrc'), 'utf8')).toBe('registry=http://localhost:8080/npm/\n')
    const { out } = await desk.run('doctor')
    expect(out).toContain('from https://upstream.test/npm;')
    expect(out).not.toContain('from http://localhost:8080')
  })
})

describe('system clients', () => {
  function stage(
    options: PlaceOptions,
    type: 'deb' | 'rpm' | 'apk',
    served: Partial<SetupContext['repositories'][number]>,
  ) {
    const machine = makePlace(options)
    const repository = {
      name: 'a',
      type,
      url: 'http://localhost:8080/a/',
      upstreams: [],
      options: { privateUpstreams: [] },
      ...served,
    }
    const context: SetupContext = { machine, publicUrl: 'http://localhost:8080', repositories: [repository] }
    return { machine, context, read: (name: string) => readFileSync(join(machine.root, name), 'utf8') }
  }

  function writeAndUndo(client: Client, context: SetupContext, look: () => void): void {
    for (const edit of client.plan(context).edits) writeEdit(edit)
    look()
    for (const edit of client.plan(context).edits) undoEdit(edit)
  }

  it('apt: one file of ours, the replaced sources off, all back after undo', () => {
    const list =
      'deb [signed-by=/k.gpg] http://upstream.test/debian stable main\ndeb http://other.test/x y z\n'
    const sources =
      'Types: deb\nURIs: http://upstream.test/debian/\nSuites: stable\nComponents: main\n\nTypes: deb\nURIs: http://other.test/x\nSuites: y\n'
    const files = { 'etc/apt/sources.list': list, 'etc/apt/sources.list.d/d.sources': sources }
    const { context, read, machine } = stage({ files }, 'deb', {
      upstreams: ['http://upstream.test/debian'],
      options: { privateUpstreams: [], suites: ['stable'], components: ['main'], architectures: ['amd64'] },
    })
    writeAndUndo(apt, context, () => {
      expect(read('etc/apt/sources.list.d/sallyport.sources')).toBe(
        `Types: deb\nURIs: http://localhost:8080/a\nSuites: stable\nComponents: main\nArchitectures: amd64\nSigned-By: ${machine.root}/etc/apt/keyrings/sallyport.asc\n`,
      )
      expect(read('etc/apt/sources.list')).toBe(`# ${list}`)
      expect(read('etc/apt/sources.list.d/d.sources')).toBe(`Enabled: no\n${sources}`)
    })
    expect(existsSync(join(machine.root, 'etc/apt/sources.list.d/sallyport.sources'))).toBe(false)
    expect([read('etc/apt/sources.list'), read('etc/apt/sources.list.d/d.sources')]).toEqual([list, sources])
  })

  it('dnf: signed metadata and packages, the replaced section off, all back after undo', () => {
    const repo =
      '[base]\nname=Base\nbaseurl=http://upstream.test/base/\nenabled=1\n\n[other]\nbaseurl=http://other.test/\n'
    const { context, read } = stage({ files: { 'etc/yum.repos.d/base.repo': repo } }, 'rpm', {
      upstreams: ['http://upstream.test/base'],
      options: { privateUpstreams: [], keys: ['/etc/pki/KEY'] },
    })
    writeAndUndo(dnf, context, () => {
      const own = read('etc/yum.repos.d/sallyport.repo')
      expect(own).toMatch(/^baseurl=http:\/\/localhost:8080\/a\/$/m)
      expect(own).toMatch(/^repo_gpgcheck=1$/m)
      expect(own).toMatch(/^gpgkey=http:\/\/localhost:8080\/\S+ file:\/\/\/etc\/pki\/KEY$/m)
      expect(read('etc/yum.repos.d/base.repo')).toBe(
        '[base]\nenabled=0\nname=Base\nbaseurl=http://upstream.test/base/\n\n[other]\nbaseurl=http://other.test/\n',
      )
    })
    expect(read('etc/yum.repos.d/base.repo')).toBe(repo)
  })

  it('apk: lines keep release, repository and tag', () => {
    const before =
      'http://upstream.test/alpine/v3.20/main\n@edge http://upstream.test/alpine/edge/testing\nhttp://other.test/x/y/z\n'
    const { context, read } = stage({ files: { 'etc/apk/repositories': before } }, 'apk', {
      upstreams: ['http://upstream.test/alpine'],
      options: { privateUpstreams: [], versions: ['v3.20'], repositories: ['main'] },
    })
    writeAndUndo(apk, context, () => {
      expect(read('etc/apk/repositories')).toBe(
        'http://localhost:8080/a/v3.20/main\n@edge http://localhost:8080/a/edge/testing\nhttp://other.test/x/y/z\n',
      )
    })
    expect(read('etc/apk/repositories')).toBe(before)
  })
})
