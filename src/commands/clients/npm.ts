// Clients of the npm registry protocol: npm, pnpm, yarn (1 and newer), bun.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../../config/machine.ts'
import type { Client, FileEdit, SetupContext } from './client.ts'
import { isPlainHttp, repositoryOf, setInSection, setLine } from './edit.ts'

const LOCKFILE =
  'A lockfile that names another host keeps asking there: set replace-registry-host=always, or make it anew.'

function npmrc({ machine }: SetupContext, url: string): FileEdit {
  const { environment, home } = machine
  const path =
    environment['npm_config_userconfig'] ?? environment['NPM_CONFIG_USERCONFIG'] ?? join(home, '.npmrc')
  const line = `registry=${url}`
  return { path, lines: [line], change: (before) => setLine(before, /^\s*registry\s*=/, line) }
}

/** Scoped registries pass the gateway by, so each is named. */
function scopeNotes({ path }: FileEdit): readonly string[] {
  const scopes = [...(readSettings(path) ?? '').matchAll(/^\s*(@[^:=\s]+):registry\s*=/gm)]
  return scopes.map(
    ([, scope]) => `${scope} has a registry of its own in ${path} and does not pass the gateway.`,
  )
}

function usingNpmrc(name: string): Client {
  return {
    name,
    about: 'user .npmrc',
    plan(context) {
      const edit = npmrc(context, repositoryOf(context, 'npm').url)
      return { edits: [edit], notes: [LOCKFILE, ...scopeNotes(edit)] }
    },
  }
}

export const npm = usingNpmrc('npm')
export const pnpm = usingNpmrc('pnpm')

export const yarn: Client = {
  name: 'yarn',
  about: 'user .yarnrc.yml (yarn 2 and newer) and .yarnrc (yarn 1)',
  plan(context) {
    const { url } = repositoryOf(context, 'npm')
    const server = `npmRegistryServer: "${url.replace(/\/$/, '')}"`
    const host = `unsafeHttpWhitelist: ["${new URL(url).hostname}"]`
    const classic = `registry "${url}"`
    const berryLines = isPlainHttp(url) ? [server, host] : [server]
    return {
      edits: [
        {
          path: join(context.machine.home, '.yarnrc.yml'),
          lines: berryLines,
          change(before) {
            const set = setLine(before, /^npmRegistryServer\s*:/, server)
            return isPlainHttp(url) ? setLine(set, /^unsafeHttpWhitelist\s*:/, host) : set
          },
        },
        {
          path: join(context.machine.home, '.yarnrc'),
          lines: [classic],
          change: (before) => setLine(before, /^registry\s/, classic),
        },
      ],
      notes: [
        'A yarn.lock of yarn 1 names a host for each package: make it anew to have all of them examined.',
      ],
    }
  },
}

export const bun: Client = {
  name: 'bun',
  about: 'user .bunfig.toml',
  plan(context) {
    const line = `registry = "${repositoryOf(context, 'npm').url}"`
    const { environment, home } = context.machine
    const xdg = environment['XDG_CONFIG_HOME']
    const beside = xdg === undefined ? undefined : join(xdg, '.bunfig.toml')
    const path = beside !== undefined && existsSync(beside) ? beside : join(home, '.bunfig.toml')
    return {
      edits: [
        {
          path,
          lines: ['[install]', line],
          change: (before) => setInSection(before, 'install', /^\s*registry\s*=/, line),
        },
      ],
      notes: [],
    }
  },
}
