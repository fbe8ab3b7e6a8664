// Installs the Debian packages that suites need, where this process may; otherwise says which are missing and why.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const LIST = new URL('../clients/debian-packages.txt', import.meta.url)

/** The list: one `package file user` a line, `#` begins a comment. */
export function debianPackages() {
  return readFileSync(LIST, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, file, ...user] = line.trim().split(/\s+/)
      return { name, file, user: user.join(' ') }
    })
}

/** Returns what is still missing, each with the reason. A package counts as there when its file is there. */
export function provideDebianPackages() {
  const absent = debianPackages().filter(({ file }) => !existsSync(file))
  if (absent.length === 0) return []
  const why = install(absent.map(({ name }) => name))
  return absent
    .filter(({ file }) => !existsSync(file))
    .map(({ name, user }) => ({ name: `${name} (${user})`, why }))
}

function install(names) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'installing it needs root on Debian'
  if (!existsSync('/usr/bin/apt-get')) return 'this machine has no apt-get'
  console.log(`with-clients: installing ${names.join(' ')}`)
  const first = aptGet(['install', '-y', '--no-install-recommends', ...names])
  if (first.status === 0) return 'apt-get installed it, but not the file that is looked for'
  aptGet(['update', '-qq']) // the lists may be old or absent
  const second = aptGet(['install', '-y', '--no-install-recommends', ...names])
  return lastLine(second) ?? 'apt-get installed it, but not the file that is looked for'
}

function aptGet(args) {
  return spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    timeout: 900_000,
    // RUNLEVEL=1 keeps invoke-rc.d from starting the daemons that come with a package.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
}

function lastLine({ status, stderr, error }) {
  if (status === 0) return undefined
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? 'apt-get failed'
}
