// apt: one deb822 file for the gateway's archives, and the sources they replace switched off.
import { join } from 'node:path'
import { hasBackup, listFiles, readText } from '../../config/machine.ts'
import type { Client, FileEdit, ServedRepository, SetupContext } from './client.ts'
import { keyNote, OPENPGP_KEY, replaces, servedOf } from './edit.ts'

const KEYRING = 'etc/apt/keyrings/sallyport.asc'

export const apt: Client = {
  name: 'apt',
  about: '/etc/apt/sources.list.d/sallyport.sources',
  plan(context) {
    const { root } = context.machine
    const served = servedOf(context, 'deb')
    const keyring = join(root, KEYRING)
    const lines = served.flatMap((one, index) => [...(index > 0 ? [''] : []), ...stanzaOf(one, keyring)])
    const own: FileEdit = {
      path: join(root, 'etc/apt/sources.list.d/sallyport.sources'),
      lines,
      change: () => `${lines.join('\n')}\n`,
    }
    return {
      edits: [...keyEdit(context, keyring), own, ...replacedSources(context, served)],
      notes: context.keys === undefined ? [keyNote(context, OPENPGP_KEY, keyring)] : [],
    }
  },
}

/** The key that Signed-By names, where it is at hand. */
function keyEdit({ keys }: SetupContext, path: string): FileEdit[] {
  if (keys === undefined) return []
  const text = `${keys.openpgp.replaceAll('\r', '').trimEnd()}\n`
  return [{ path, lines: text.trimEnd().split('\n'), change: () => text }]
}

function stanzaOf({ url, options }: ServedRepository, keyring: string): readonly string[] {
  return [
    'Types: deb',
    `URIs: ${url.replace(/\/$/, '')}`,
    `Suites: ${options.suites?.join(' ') ?? ''}`,
    ...(options.components === undefined || options.components.length === 0
      ? []
      : [`Components: ${options.components.join(' ')}`]),
    ...(options.architectures === undefined ? [] : [`Architectures: ${options.architectures.join(' ')}`]),
    `Signed-By: ${keyring}`,
  ]
}

/** Sources whose archive the gateway serves would pass it by, so they are switched off. */
function replacedSources(
  { machine }: SetupContext,
  served: readonly ServedRepository[],
): readonly FileEdit[] {
  const folder = join(machine.root, 'etc/apt')
  const lists = [join(folder, 'sources.list'), ...listFiles(join(folder, 'sources.list.d'), '.list')]
  const stanzas = listFiles(join(folder, 'sources.list.d'), '.sources')
  return [
    ...lists.map((path) => ({ path, change: (before: string) => commentOut(before, served) })),
    ...stanzas.map((path) => ({ path, change: (before: string) => disable(before, served) })),
  ].flatMap(({ path, change }) => {
    const before = readText(path)
    if (before === undefined || (change(before) === before && !hasBackup(path))) return []
    return [{ path, lines: ['# the sources that the gateway replaces are switched off'], change }]
  })
}

function commentOut(text: string, served: readonly ServedRepository[]): string {
  return text
    .split('\n')
    .map((line) => {
      const uri = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(\S+)/.exec(line)?.[1]
      return uri !== undefined && replaces(served, uri) ? `# ${line}` : line
    })
    .join('\n')
}

function disable(text: string, served: readonly ServedRepository[]): string {
  return text
    .split(/(\n\s*\n)/)
    .map((stanza) => {
      const uris = /^URIs:\s*(.+)$/im.exec(stanza)?.[1]?.split(/\s+/) ?? []
      if (!uris.some((uri) => replaces(served, uri)) || /^Enabled:\s*no/im.test(stanza)) return stanza
      return stanza.replace(/^(?=Types:)/im, 'Enabled: no\n')
    })
    .join('')
}
