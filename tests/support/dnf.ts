// dnf with a root of its own: nothing of the machine is read or written.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

export interface Ran {
  readonly exitCode: number
  /** Both streams. */
  readonly said: string
}

export interface DnfProject {
  run(...args: string[]): Promise<Ran>
  /** Content of a file of the installroot; undefined when there is none. */
  installed(path: string): string | undefined
  remove(): void
}

export interface DnfOptions {
  readonly baseurl: string
  /** URLs or paths of keys. */
  readonly keys: readonly string[]
  /** Sent as the password of basic credentials. */
  readonly token?: string
}

export function createDnfProject({ baseurl, keys, token }: DnfOptions): DnfProject {
  const work = mkdtempSync(join(tmpdir(), 'dnf-'))
  const root = join(work, 'root')
  for (const folder of ['root', 'repos', 'cache', 'log']) mkdirSync(join(work, folder))
  writeFileSync(
    join(work, 'repos/gateway.repo'),
    [
      '[gateway]',
      'name=gateway',
      `baseurl=${baseurl}`,
      'enabled=1',
      'gpgcheck=1',
      'repo_gpgcheck=1',
      `gpgkey=${keys.join(' ')}`,
      'retries=2',
      'skip_if_unavailable=0',
      ...(token === undefined ? [] : ['username=anybody', `password=${token}`]),
      '',
    ].join('\n'),
  )
  writeFileSync(
    join(work, 'dnf.conf'),
    `[main]\nreposdir=${work}/repos\ncachedir=${work}/cache\nlogdir=${work}/log\npersistdir=${work}/persist\nplugins=0\nkeepcache=0\nmodule_platform_id=platform:t1\n`,
  )
  return {
    async run(...args) {
      const ran = await execa(
        'dnf',
        ['-c', join(work, 'dnf.conf'), `--installroot=${root}`, '--releasever=1', '-y', ...args],
        {
          env: { PATH: process.env['PATH'], HOME: work, LC_ALL: 'C.UTF-8' },
          extendEnv: false,
          reject: false,
          all: true,
          timeout: 240_000,
        },
      )
      return { exitCode: ran.exitCode ?? -1, said: ran.all ?? '' }
    },
    installed(path) {
      try {
        return readFileSync(join(root, path), 'utf8').trim()
      } catch {
        return undefined
      }
    },
    remove: () => rmSync(work, { recursive: true, force: true }),
  }
}
