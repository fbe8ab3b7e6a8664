// dnf and zypper: one .repo file for the gateway's repositories, and those they replace switched off.
import { join } from 'node:path'
import { hasBackup, listFiles, readText } from '../../config/machine.ts'
import type { Client, ServedRepository } from './client.ts'
import { OPENPGP_KEY, replaces, servedOf } from './edit.ts'

function repoClient(name: string, folder: string, more: readonly string[] = []): Client {
  return {
    name,
    about: `/${folder}/sallyport.repo`,
    plan(context) {
      const { root } = context.machine
      const served = servedOf(context, 'rpm')
      const key = `${context.publicUrl}${OPENPGP_KEY}`
      const lines = served.flatMap((one, index) => [
        ...(index > 0 ? [''] : []),
        ...sectionOf(one, key),
        ...more,
      ])
      const own = { path: join(root, folder, 'sallyport.repo'), lines, change: () => `${lines.join('\n')}\n` }
      const others = listFiles(join(root, folder), '.repo').flatMap((path) => {
        const change = (before: string) => switchOff(before, served)
        const before = readText(path)
        if (path === own.path || before === undefined || (change(before) === before && !hasBackup(path)))
          return []
        return [{ path, lines: ['# the repositories that the gateway replaces have enabled=0'], change }]
      })
      return {
        edits: [own, ...others],
        notes: [`The key is fetched from ${key} at the first use, and ${name} asks whether to trust it.`],
      }
    },
  }
}

/** A refusal does not change by asking ten times; and a repository that fails must not be passed over in silence. */
const DNF_LINES = ['retries=3', 'skip_if_unavailable=0']

export const dnf = repoClient('dnf', 'etc/yum.repos.d', DNF_LINES)
export const zypper = repoClient('zypper', 'etc/zypp/repos.d')

/** Packages keep their vendor's signature, so its key is trusted beside ours. */
function sectionOf({ name, url, options }: ServedRepository, key: string): readonly string[] {
  const vendor = (options.vendorKeys ?? options.keys ?? []).map((path) => `file://${path}`)
  return [
    `[sallyport-${name}]`,
    `name=${name} through Sallyport`,
    `baseurl=${url}`,
    'enabled=1',
    'gpgcheck=1',
    'repo_gpgcheck=1',
    `gpgkey=${[key, ...vendor].join(' ')}`,
  ]
}

function switchOff(text: string, served: readonly ServedRepository[]): string {
  return text
    .split(/^(?=\[)/m)
    .map((section) => {
      const base = /^baseurl\s*=\s*(\S+)/m.exec(section)?.[1]
      const id = /^\[([^\]]+)\]/.exec(section)?.[1]?.toLowerCase()
      const isReplaced =
        served.some(({ name }) => name === id) || (base !== undefined && replaces(served, base))
      if (!isReplaced || /^enabled\s*=\s*0/m.test(section)) return section
      const without = section.replace(/^enabled\s*=.*\n?/m, '')
      return without.replace(/^(\[[^\]]+\][^\n]*\n)/, '$1enabled=0\n')
    })
    .join('')
}
