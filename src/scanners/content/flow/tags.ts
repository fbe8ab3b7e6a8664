// Follows what a value is made of: environment, host facts, credentials, fetched or decoded data, through names and calls.

import { isAddress } from './address.ts'
import { constantOf } from './constant.ts'
import { literalsIn } from './literals.ts'
import type { CallExpr, Expr, ParameterExpr } from './program.ts'
import { pathOf } from './resolve.ts'
import { HOST_TAGS, TAG } from './tag.ts'
import { valuesOf } from './values.ts'
import type { Vocabulary } from './vocabulary.ts'

const COMPARISON = /^(?:[=!<>]=?=?|in|instanceof|is|not in|not|!|typeof)$/
const CREDENTIAL_PATH =
  /\.npmrc|\.pypirc|\.netrc|\.git-credentials|\.aws[\\/]+(?:credentials|config)|\.kube[\\/]+config|\.docker[\\/]+config|\.ssh(?:[\\/]|$)|\bid_(?:rsa|ed25519|ecdsa|dsa)\b|gcloud[\\/]|application_default_credentials|\/etc\/(?:passwd|shadow)|\.config[\\/]+(?:gh|solana|hub)\b|Login Data|Local State|Cookies|leveldb|wallet\.dat|key[34]\.db|logins\.json|\.gnupg|kubernetes\.io[\\/]+serviceaccount|(?:^|[\\/])\.env(?:\.(?:local|production|prod))?$|\.bash_history|\.zsh_history|keychain/i
const BLOB_LENGTH = 800
const FEW_CALLERS = 6
const HANDED = HOST_TAGS.reduce<number>((tags, tag) => tags | tag, TAG.watched)
const MAX_CALLERS = 400
/** Characters. Code that is written by hand is not as long; trees are built of up to 1.5 million. */
const BUNDLE_LENGTH = 500_000
const CODE_NAME =
  /\.(?:[cm]?[jt]sx?|json|py[cwi]?|node|wasm|html?|css|map|vue|mustache|hbs|ejs|tpl|template|in|cfg|toml|md|rst|ya?ml|ini)$/i

/** Works out tags for the expressions of one program. */
export class Tagger {
  readonly #vocabulary: Vocabulary
  readonly #isBundle: boolean
  readonly #known = new Map<Expr, number>()
  readonly #keys: ReadonlySet<Expr>

  /** `sourceLength` in characters; `keys` are values that the program uses as private keys of wallets. */
  constructor(vocabulary: Vocabulary, sourceLength: number, keys: ReadonlySet<Expr> = new Set()) {
    this.#vocabulary = vocabulary
    this.#isBundle = sourceLength >= BUNDLE_LENGTH
    this.#keys = keys
  }

  /** Union of the tags of everything the value is made of. */
  of(expr: Expr, depth = 0): number {
    if (expr.kind === 'text') return this.#ofText(expr.value)
    if (expr.kind === 'number' || depth > 80) return 0
    const before = this.#known.get(expr)
    if (before !== undefined) return before
    this.#known.set(expr, 0)
    const tags = this.#compute(expr, depth + 1) | (this.#keys.has(expr) ? TAG.walletKey : 0)
    this.#known.set(expr, tags)
    return tags
  }

  ofAll(exprs: readonly Expr[], depth = 0): number {
    return exprs.reduce((tags, expr) => tags | this.of(expr, depth), 0)
  }

  #ofText(text: string): number {
    return (
      (text.length > BLOB_LENGTH ? TAG.blob : 0) |
      (text.length < 300 && CREDENTIAL_PATH.test(text) ? TAG.credentialPath : 0)
    )
  }

  #compute(expr: Expr, depth: number): number {
    switch (expr.kind) {
      case 'name':
        return this.#ofPath(expr) | keyTag(expr.name) | this.ofAll(expr.scope.valuesOf(expr.name), depth)
      case 'member':
        return this.#ofMember(expr.of, expr.property, expr, depth)
      case 'call':
        return this.#ofCall(expr, depth)
      case 'mix':
        if (COMPARISON.test(expr.op)) return 0
        if (expr.op === 'caught') return this.ofAll(expr.parts, depth) & (TAG.fetched | TAG.fetchedConstant)
        return this.#withXor(expr.op) | this.ofAll(expr.parts, depth)
      case 'list':
        return this.ofAll(expr.items.slice(0, 200), depth)
      case 'record':
        return this.ofAll(expr.entries.map(([, value]) => value).slice(0, 200), depth)
      case 'parameter':
        return this.#ofParameter(expr, depth)
      default:
        return 0
    }
  }

  #ofPath(expr: Expr): number {
    const path = pathOf(expr)
    return path === undefined ? 0 : this.#vocabulary.ofPath(path)
  }

  /** One variable of the environment is not the environment. */
  #ofMember(of: Expr, property: Expr, expr: Expr, depth: number): number {
    const name = constantOf(property)
    if (name === 'length' || name === 'status' || name === 'statusCode' || name === 'status_code') return 0
    const own = this.#ofPath(expr)
    if (own !== 0) return own
    const values = valuesOf(expr).filter((value) => value !== expr)
    return (this.of(of, depth) & ~TAG.environment) | this.ofAll(values, depth) | keyTag(name)
  }

  #withXor(op: string): number {
    if (op === '^') return TAG.unpacked
    return op === 'reverse' ? TAG.unpacked : 0
  }

  #ofCall(call: CallExpr, depth: number): number {
    const path = pathOf(call.callee) ?? ''
    const own = path === '' ? 0 : this.#vocabulary.ofCall(path, call)
    if (own & TAG.file) return this.#ofRead(call, depth)
    if (path !== '' && this.#vocabulary.seals(path)) return own
    if (path !== '' && this.#vocabulary.isNetwork(path)) return this.#ofFetch(call)
    const passed = this.#ofArguments(call, depth) | this.#ofReceiver(call, depth)
    if (path === 'Promise') return own | passed | this.#ofCallbacks(call.args[0], 0, depth)
    const kept = this.#passesEnvironment(path, call) ? passed : passed & ~(TAG.environment | TAG.walletKey)
    return own | kept | this.#ofItem(call) | this.#ofLocalResult(call.callee, depth)
  }

  /** `record.get('mnemonic')`. */
  #ofItem({ callee, args }: CallExpr): number {
    const isGet = callee.kind === 'member' && constantOf(callee.property) === 'get'
    return isGet && args[0] ? keyTag(constantOf(args[0])) : 0
  }

  /** What a file holds is told by its name, not by how the name was made. */
  #ofRead(call: CallExpr, depth: number): number {
    const name = this.#ofArguments(call, depth) | this.#ofReceiver(call, depth)
    const credential = name & TAG.credentialPath ? TAG.credential : 0
    return TAG.file | credential | (this.#namesDataFile(call) ? TAG.dataFile : 0)
  }

  /** What comes back from the network is fetched; what was sent there does not come back. */
  #ofFetch(call: CallExpr): number {
    const receiver = call.callee.kind === 'member' ? [call.callee.of] : []
    const constant = hasConstantAddress([...call.args, ...receiver])
    return TAG.fetched | (constant ? TAG.fetchedConstant : 0)
  }

  #ofArguments(call: CallExpr, depth: number): number {
    return call.args.reduce(
      (tags, arg) =>
        tags |
        (arg.kind === 'function' ? this.ofAll(arg.body.returns, depth) : this.of(arg, depth)) |
        this.#ofHanded(arg, call),
      0,
    )
  }

  /** `attempt(socket.gethostname)`: what a function tells that is given to be called. */
  #ofHanded(arg: Expr, call: CallExpr): number {
    if (arg.kind !== 'name' && arg.kind !== 'member') return 0
    const path = pathOf(arg)
    return path === undefined || path.endsWith('()') ? 0 : this.#vocabulary.ofCall(path, call) & HANDED
  }

  #ofReceiver({ callee }: CallExpr, depth: number): number {
    return callee.kind === 'member' ? this.of(callee.of, depth) : 0
  }

  #passesEnvironment(path: string, call: CallExpr): boolean {
    if (path !== '' && this.#vocabulary.passesEnvironment(path)) return true
    const method = call.callee.kind === 'member' ? constantOf(call.callee.property) : undefined
    return typeof method === 'string' && this.#vocabulary.passesEnvironment(`.${method}`)
  }

  /** A call of a function of the same file gives what that function returns. */
  #ofLocalResult(callee: Expr, depth: number): number {
    return valuesOf(callee).reduce(
      (tags, value) => tags | (value.kind === 'function' ? this.ofAll(value.body.returns, depth) : 0),
      0,
    )
  }

  /** What a function hands to its parameter `index` when it calls it: `new Promise((ok) => ok(value))`. */
  #ofCallbacks(callee: Expr | undefined, index: number, depth: number, argument?: number): number {
    if (!callee) return 0
    return valuesOf(callee).reduce((tags, value) => {
      const calls = value.kind === 'function' ? (value.body.calledBack.get(index) ?? []) : []
      const args = calls.flatMap((call) => (argument === undefined ? call.args : (call.args[argument] ?? [])))
      return tags | this.ofAll(args, depth)
    }, 0)
  }

  /** A function that is passed to a function of the package gets what that one calls it with. */
  #ofPassing({ owner, index }: ParameterExpr, depth: number): number {
    const { passedTo } = owner
    if (!passedTo) return 0
    const at = passedTo.args.findIndex((arg) =>
      valuesOf(arg).some((value) => value.kind === 'function' && value.body === owner),
    )
    return this.of(passedTo, depth) | this.#ofCallbacks(passedTo.callee, at, depth, index)
  }

  #ofParameter(parameter: ParameterExpr, depth: number): number {
    const { owner, index } = parameter
    let tags = this.#ofPassing(parameter, depth)
    const args = owner.callers
      .slice(0, this.#isBundle ? 20 : MAX_CALLERS)
      .flatMap((caller) => caller.args[index] ?? [])
    // In a bundle, what a function meets at one of its many callers says nothing of the function, unless that caller passes a constant.
    // Not in smaller programs, or an author could add callers until nothing is seen.
    const shared = this.#isBundle && args.length > FEW_CALLERS
    for (const arg of args) {
      const passed = this.of(arg, depth)
      tags |= shared && typeof constantOf(arg) !== 'string' ? passed & ~(TAG.decoded | TAG.unpacked) : passed
    }
    return tags
  }

  #namesDataFile(call: CallExpr): boolean {
    return literalsIn(call.args).some(
      (text) =>
        /\.\w{1,5}$|^[\w./-]{0,80}\b(?:LICENSE|LICENCE|README|CHANGELOG|NOTICE|COPYING)$/.test(text) &&
        text.length < 200 &&
        !CODE_NAME.test(text),
    )
  }
}

const WALLET_KEY =
  /^(?:this\.)?_?(?:(?:secret|private)_?(?:key|phrase|seed)|mnemonic|seed_?(?:phrase|words?)?|wallet_?private_?key|recovery_?phrase)$/i

function keyTag(name: unknown): number {
  return typeof name === 'string' && WALLET_KEY.test(name) ? TAG.walletKey : 0
}

/** Whether an address outside this machine stands in the code: a URL, or a host name among options. */
export function hasConstantAddress(exprs: readonly Expr[]): boolean {
  return literalsIn(exprs).some(isAddress)
}
