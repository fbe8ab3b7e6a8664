// Finds what an expression may stand for: names, awaited values, members of records and modules of the package followed.

import { constantOf } from './constant.ts'
import { ExprMemo } from './memo.ts'
import type { CallExpr, Expr, MemberExpr } from './program.ts'

const MAX_DEPTH = 24
const MAX_VALUES = 64

/** Every expression is followed once: the work stays linear, and a value made of itself is none. */
const known = new ExprMemo<readonly Expr[]>()

/** Values behind an expression, itself when nothing is known of it; at most 64. */
export function valuesOf(expr: Expr, depth = 0): readonly Expr[] {
  if (depth > MAX_DEPTH) return []
  if (expr.kind !== 'name' && expr.kind !== 'member' && expr.kind !== 'mix' && expr.kind !== 'call')
    return [expr]
  const before = known.get(expr)
  if (before) return before
  known.set(expr, [])
  const values = follow(expr, depth + 1).slice(0, MAX_VALUES)
  known.set(expr, values)
  return values
}

function follow(expr: Expr, depth: number): readonly Expr[] {
  switch (expr.kind) {
    case 'name':
      return all(expr.scope.valuesOf(expr.name), depth)
    case 'mix':
      return /^(?:await|group|choice|spread)$/.test(expr.op) ? all(expr.parts, depth) : [expr]
    case 'member':
      return membersOf(expr, depth)
    case 'call':
      return resultsOf(expr, depth)
    default:
      return [expr]
  }
}

function all(exprs: readonly Expr[], depth: number): Expr[] {
  return exprs.flatMap((expr) => valuesOf(expr, depth))
}

/** A property of a record or module; the member itself where the owner is neither. */
function membersOf(expr: MemberExpr, depth: number): readonly Expr[] {
  const name = constantOf(expr.property)
  if (typeof name !== 'string') return [expr]
  const found = valuesOf(expr.of, depth).flatMap((owner): readonly Expr[] => {
    if (owner.kind === 'record')
      return all(
        owner.entries.flatMap(([key, value]) => (key === name ? [value] : [])),
        depth,
      )
    return owner.kind === 'call' && owner.module ? all(owner.module.named(name), depth) : []
  })
  return found.length > 0 ? [...new Set(found)] : [expr]
}

/** A module that is one value, and an instance of a class of the package. Other calls stand for themselves. */
function resultsOf(call: CallExpr, depth: number): readonly Expr[] {
  if (call.module) return [call, ...all(call.module.whole, depth)]
  const classes = valuesOf(call.callee, depth).filter((value) => value.kind === 'record' && value.isClass)
  return classes.length > 0 ? classes : [call]
}
