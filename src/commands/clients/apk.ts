// apk: the lines of /etc/apk/repositories lead to the gateway, whose RSA key joins the trusted ones.
import { join } from 'node:path'
import { readText } from '../../config/machine.ts'
import { badArguments } from '../arguments.ts'
import type { Client, FileEdit, ServedRepository, SetupContext } from './client.ts'
import { servedOf } from './edit.ts'

export const apk: Client = {
  name: 'apk',
  about: '/etc/apk/repositories',
  plan(context) {
    const served = servedOf(context, 'apk')
    const path = join(context.machine.root, 'etc/apk/repositories')
    const lines = served.flatMap(linesOf)
    if (lines.length === 0) throw badArguments('the configuration names no releases and repositories for apk')
    const change = (before: string) => replaceLines(before, served, lines)
    return {
      edits: [
        {
          path,
          lines: change(readText(path) ?? '')
            .trimEnd()
            .split('\n'),
          change,
        },
        ...keyEdits(context),
      ],
      notes: context.keys === undefined ? [nameNote(context)] : [],
    }
  },
}

/** apk finds a key by the file name that the signed index gives. */
function keyEdits({ keys, machine }: SetupContext): FileEdit[] {
  return (keys?.rsa ?? []).map(({ name, pem }) => ({
    path: join(machine.root, 'etc/apk/keys', name),
    lines: pem.trimEnd().split('\n'),
    change: () => pem,
  }))
}

function nameNote({ publicUrl, machine }: SetupContext): string {
  const folder = join(machine.root, 'etc/apk/keys')
  return `Save the gateway's RSA key under its own name first: ${publicUrl}/-/keys/ lists it, it goes to ${folder}/`
}

function linesOf({ url, options }: ServedRepository): readonly string[] {
  return (options.versions ?? []).flatMap((version) =>
    (options.repositories ?? ['main']).map((repository) => `${url}${version}/${repository}`),
  )
}

/** Lines of a served archive change their base and keep their tag; without any, all are added. */
function replaceLines(before: string, served: readonly ServedRepository[], lines: readonly string[]): string {
  let replaced = 0
  const changed = before.split('\n').map((line) => {
    for (const { upstreams, url } of served) {
      const base = upstreams.find(
        (upstream) => line.includes(`${upstream}/`) && !line.trimStart().startsWith('#'),
      )
      if (base === undefined) continue
      replaced += 1
      return line.replace(`${base}/`, url)
    }
    return line
  })
  if (replaced > 0) return changed.join('\n')
  return `${[...before.split('\n').filter((line) => line !== ''), ...lines].join('\n')}\n`
}
