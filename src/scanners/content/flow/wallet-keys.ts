// Finds the values that a program uses as private keys of wallets, whatever it calls them.
import { constantOf } from './constant.ts'
import type { CallExpr, Expr } from './program.ts'

/** Functions of wallet libraries that make an account of a private key or of the words it is written down in. */
const KEY_USE =
  /^(?:fromSecretKey|fromPrivateKey|privateKeyToAccount|fromMnemonic|fromPhrase|mnemonicToSeed(?:Sync)?|mnemonicToAccount|mnemonicToEntropy|from_key|from_mnemonic|from_bytes_key)$/

/** Parameters whose values become wallets: `Keypair.fromSecretKey(bs58.decode(secret))`. */
export function walletKeysOf(calls: readonly CallExpr[]): ReadonlySet<Expr> {
  const keys = new Set<Expr>()
  for (const { callee, args } of calls) {
    const name =
      callee.kind === 'member' ? constantOf(callee.property) : callee.kind === 'name' && callee.name
    if (typeof name === 'string' && KEY_USE.test(name) && args[0]) collect(args[0], keys, 0)
  }
  return keys
}

function collect(expr: Expr, keys: Set<Expr>, depth: number): void {
  if (depth > 4) return
  if (expr.kind === 'parameter') keys.add(expr)
  if (expr.kind === 'name')
    for (const value of expr.scope.valuesOf(expr.name)) collect(value, keys, depth + 1)
  if (expr.kind === 'call') for (const arg of expr.args.slice(0, 1)) collect(arg, keys, depth + 1)
}
