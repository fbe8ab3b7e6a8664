// Judges what is read, written and deleted: credentials, start-up places, workflows, whole folders.
import type { Context, JudgedCall } from './context.ts'
import { keysOf } from './context.ts'
import { literalsIn } from './literals.ts'
import { pathOf } from './resolve.ts'
import { hasTag, TAG } from './tag.ts'
import { hasConstantAddress } from './tags.ts'

const PLACES: readonly (readonly [RegExp, string])[] = [
  [/\.ssh[\\/]+authorized_keys|authorized_keys$/m, 'writes-ssh-keys'],
  [/\.github[\\/]+workflows|\.gitlab-ci\.yml/m, 'writes-workflow'],
  [
    /\.(?:bashrc|bash_profile|zshrc|zprofile|profile)$|LaunchAgents|LaunchDaemons|\.config[\\/]+autostart|systemd[\\/]+(?:user|system)|Start Menu[\\/]+Programs[\\/]+Startup|^\/etc\/cron|\/etc\/rc\.local/m,
    'writes-startup',
  ],
  [/\.vscode[\\/]+tasks\.json|\.vscode[\\/]+settings\.json|\.git[\\/]+hooks/m, 'writes-editor-task'],
  [
    /(?:^|[\\/])(?:CLAUDE\.md|AGENTS\.md|\.cursorrules|\.windsurfrules|mcp\.json|claude_desktop_config\.json|mcp_config\.json)$|\.claude[\\/]+settings|\.cursor[\\/]+(?:rules|mcp)/m,
    'writes-ai-config',
  ],
  [/(?:^|[\\/])\.npmrc$|\.pypirc$|pip\.conf$/m, 'writes-registry-config'],
]

/** Remembers what is written where, and reports the places that start code later. */
export function judgeWrite(context: Context, { call, path, tags }: JudgedCall): void {
  const targets =
    call.callee.kind === 'member' && /\(\)\.\w+$/.test(path) ? [call.callee.of, ...call.args] : call.args
  const fetches = /(?:urlretrieve|wget\.download)$/.test(path) && hasConstantAddress(call.args)
  const stream = /createWriteStream$/.test(path)
  const streams = stream && context.program.calls.some((other) => isConstantFetch(context, other))
  const carried = streams || fetches ? tags | TAG.fetchedConstant : tags
  for (const key of keysOf(targets.slice(0, 2)))
    context.written.set(key, (context.written.get(key) ?? 0) | carried)
  context.addPrograms(call)
  const names = literalsIn(targets.slice(0, 1)).join('\n')
  for (const [place, query] of PLACES) if (place.test(names)) context.facts.add(query, call.at)
  if (hasTag(carried, TAG.fetchedConstant)) context.facts.add('download', call.at)
  context.facts.add('writes', call.at)
  if (isElsewhere(literalsIn(call.args.slice(0, 1)))) context.facts.add('writes-elsewhere', call.at)
}

/** Inside another package that is installed beside this one. */
function isElsewhere(names: readonly string[]): boolean {
  const path = names.join('/').slice(0, 2000)
  return /(?:^|[\\/])\.\.[\\/]+(?!\.\.)[@\w][\w.\\/-]*\.[cm]?js$|node_modules[\\/]+[@\w][^\n]*\.[cm]?js$/.test(
    path,
  )
}

function isConstantFetch(context: Context, call: JudgedCall['call']): boolean {
  const path = pathOf(call.callee)
  if (path === undefined || !context.vocabulary.isNetwork(path)) return false
  return hasTag(context.tagger.of(call), TAG.fetchedConstant)
}

export function judgeRead(context: Context, { call, tags }: JudgedCall): void {
  if (hasTag(tags, TAG.credentialPath)) context.facts.add('reads-credentials', call.at)
}

const WHOLE = /^(?:\/|\/\*|~|~\/|[A-Z]:\\{0,2}|\/home|\/root|\/Users|C:\/)$/i
const HOME =
  /^(?:os\.homedir\(\)|os\.path\.expanduser\(\)|(?:pathlib\.)?Path\.home\(\)|process\.env\.(?:HOME|USERPROFILE))$/

export function judgeDelete(context: Context, { call }: JudgedCall): void {
  const [target] = call.args
  if (!target) return
  context.facts.add('deletes', call.at)
  const path = pathOf(target)
  const isHome = path !== undefined && HOME.test(path) && !/expanduser/.test(path)
  const texts = literalsIn([target])
  if (isHome || (texts.length > 0 && texts.length < 3 && texts.every((text) => WHOLE.test(text))))
    context.facts.add('deletes-everything', call.at)
}
