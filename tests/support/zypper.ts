// zypper with a root of its own.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Ran } from './dnf.ts'

export interface ZypperProject {
  run(...args: string[]): Promise<Ran>
  /** File names of the packages that it has downloaded. */
  downloaded(): string[]
  remove(): void
}

export async function createZypperProject({
  baseurl,
  keys,
}: {
  readonly baseurl: string
  readonly keys: readonly string[]
}): Promise<ZypperProject> {
  const root = mkdtempSync(join(tmpdir(), 'zypper-'))
  mkdirSync(join(root, 'etc/zypp/repos.d'), { recursive: true })
  writeFileSync(
    join(root, 'etc/zypp/repos.d/gateway.repo'),
    [
      '[gateway]',
      'name=gateway',
      'enabled=1',
      'autorefresh=1',
      'keeppackages=1',
      `baseurl=${baseurl}`,
      'gpgcheck=1',
      'repo_gpgcheck=1',
      'pkg_gpgcheck=1',
      `gpgkey=${keys.join('\n       ')}`,
      '',
    ].join('\n'),
  )
  return {
    async run(...args) {
      const ran = await execa(
        'zypper',
        ['--root', root, '--non-interactive', '--gpg-auto-import-keys', ...args],
        {
          env: { PATH: process.env['PATH'], HOME: root, LC_ALL: 'C.UTF-8' },
          extendEnv: false,
          reject: false,
          all: true,
          timeout: 240_000,
        },
      )
      return { exitCode: ran.exitCode ?? -1, said: ran.all ?? '' }
    },
    downloaded: () =>
      readdirSync(join(root, 'var/cache/zypp/packages'), { recursive: true })
        .map((name) => String(name).replace(/^.*\//, ''))
        .filter((name) => name.endsWith('.rpm')),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
