// Judges what leaves the machine: which data flows into a call that goes to the network.
import { isPublicIp } from './address.ts'
import { constantOf } from './constant.ts'
import type { Context, JudgedCall } from './context.ts'
import { environmentTag } from './environment.ts'
import { literalsIn } from './literals.ts'
import type { CallExpr, Expr } from './program.ts'
import { pathOf } from './resolve.ts'
import { HOST_TAGS, hasTag, TAG } from './tag.ts'
import { hasConstantAddress } from './tags.ts'
import { valuesOf } from './values.ts'

export function judgeNetwork(context: Context, { call, path, tags }: JudgedCall): void {
  const { facts } = context
  const report = (query: string) => facts.add(query, call.at)
  report('network')
  if (context.isAtLoad(call)) judgeAtLoad(context, call)
  if (context.isSoon(call)) report('network-soon')
  if (literalsIn(call.args).some(isPublicIp)) report('network-to-ip')
  if (hasConstantAddress(call.args)) report('network-to-address')
  if (!context.hasAddress && !sendsToHidden(context, call)) return
  if (hasTag(tags, TAG.environment)) report('environment-sent')
  if (hasTag(tags, TAG.credential)) report('credentials-sent')
  if (hasTag(tags, TAG.output)) report('output-sent')
  if (hasTag(tags, TAG.watched)) report('watched-sent')
  if (hasTag(tags, TAG.walletKey) && (hasConstantAddress(call.args) || /^XMLHttpRequest/.test(path)))
    report('wallet-key-sent')
  if (secretsIn(call.args) > 1) report('secrets-sent')
  else if (hasTag(tags, TAG.secret)) report('secret-sent')
  const kinds = HOST_TAGS.filter((tag) => hasTag(tags, tag)).length
  if (kinds > 1) report('host-facts-sent')
  else if (kinds === 1 && !hasTag(tags, TAG.folder)) report('host-fact-sent')
  if (hasTag(tags, TAG.file)) report('file-sent')
}

function judgeAtLoad(context: Context, call: CallExpr): void {
  context.facts.add('network-at-load', call.at)
  const hides = TAG.decoded | TAG.unpacked
  if (hasConstantAddress(call.args) || hasTag(context.tagger.ofAll(call.args), hides))
    context.facts.add('network-at-load-abroad', call.at)
}

/** An address that is decoded at run time is an address, too. */
function sendsToHidden(context: Context, call: CallExpr): boolean {
  const receiver = call.callee.kind === 'member' ? [call.callee.of] : []
  return [...call.args, ...receiver].some((part) => isDecodedAddress(context, part))
}

/** Also behind a connection that was made before: `HTTPSConnection(b64decode(...)).request(...)`. */
function isDecodedAddress(context: Context, expr: Expr): boolean {
  if (hasTag(context.tagger.of(expr), TAG.decoded)) return true
  return valuesOf(expr).some(
    (value) => value.kind === 'call' && hasTag(context.tagger.ofAll(value.args), TAG.decoded),
  )
}

const CARRIED =
  TAG.environment | TAG.secret | TAG.hostname | TAG.user | TAG.output | TAG.credential | TAG.folder

// Nobody can own these: `.local` is asked on the link only (RFC 6762), `.localhost` nowhere (RFC 6761).
const OWNERLESS = /\.(?:local|localhost|localdomain)\.?$/i

/** A host's own name is looked up by honest code; with a domain behind it, it is a message to that domain's owner. */
export function judgeNameLookup(context: Context, { call }: JudgedCall): void {
  context.facts.add('name-lookup', call.at)
  const [name] = call.args
  if (!name || (context.tagger.of(name) & CARRIED) === 0) return
  // Each by itself: what is looked at far from one may lie near to another.
  if ([name, ...resultsBehind(name, 0)].some(namesDomain)) context.facts.add('name-lookup-leak', call.at)
}

function namesDomain(expr: Expr): boolean {
  return literalsIn([expr]).some((text) => /\.[a-z][a-z-]{1,20}\.?$/i.test(text) && !OWNERLESS.test(text))
}

/** What functions of the package return that make the value: `for name in names_of(data)`. */
function resultsBehind(expr: Expr, depth: number): readonly Expr[] {
  if (depth > 6) return []
  if (expr.kind === 'name')
    return expr.scope.valuesOf(expr.name).flatMap((value) => resultsBehind(value, depth + 1))
  if (expr.kind === 'mix') return expr.parts.flatMap((part) => resultsBehind(part, depth + 1))
  if (expr.kind !== 'call') return []
  return valuesOf(expr.callee).flatMap((value) => (value.kind === 'function' ? value.body.returns : []))
}

/** Credentials by different names that flow into one call. */
function secretsIn(exprs: readonly Expr[]): number {
  const names = new Set<string>()
  const seen = new Set<Expr>()
  const visit = (expr: Expr, depth: number): void => {
    if (depth > 6 || seen.has(expr)) return
    seen.add(expr)
    const variable = variableOf(expr)
    if (variable !== undefined && environmentTag(variable) & TAG.secret)
      names.add(variable.replace(/^GH_/, 'GITHUB_'))
    for (const part of directParts(expr)) visit(part, depth + 1)
  }
  for (const expr of exprs) visit(expr, 0)
  return names.size
}

/** Name of the environment variable that an expression reads. */
function variableOf(expr: Expr): string | undefined {
  const path = pathOf(expr)
  const member = path === undefined ? undefined : /^(?:process\.env|os\.environ)\.(\w+)$/.exec(path)?.[1]
  if (member !== undefined || expr.kind !== 'call' || !expr.args[0]) return member
  const callee = pathOf(expr.callee)
  const name = callee === 'os.getenv' || callee === 'os.environ.get' ? constantOf(expr.args[0]) : undefined
  return typeof name === 'string' ? name : undefined
}

function directParts(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'mix':
      return expr.parts
    case 'list':
      return expr.items
    case 'record':
      return expr.entries.map(([, value]) => value)
    case 'call':
      return expr.callee.kind === 'member' ? [expr.callee.of, ...expr.args] : expr.args
    case 'name':
      return expr.scope.valuesOf(expr.name)
    default:
      return []
  }
}
