// Works out what functions of the package make of constants: small joiners and decoders, `map`, comprehensions.
import { type Folded, fold, NONE } from './constant.ts'
import type { CallExpr, Expr, FunctionExpr, Scope } from './program.ts'
import { valuesOf } from './values.ts'

/** What parameters and loop items are while one call of a local function is worked out. */
interface Frame {
  readonly owner?: Scope
  readonly args?: readonly Folded[]
  readonly item?: Expr
  readonly value?: Folded
  readonly outer: Frame | undefined
  readonly depth: number
}

const MAX_FRAMES = 4
/** Steps of one call, and of all calls of a file: code that is generated to be slow is not worked out to its end. */
const MAX_STEPS = 20_000
const MAX_FILE_STEPS = 300_000
const MAX_MAPPED = 2_000
let frame: Frame | undefined
let steps = 0
const spent = new WeakMap<Scope, number>()

export function isInCall(): boolean {
  return frame !== undefined
}

/** False once a call has taken as many steps as it may. */
export function mayGoOn(): boolean {
  return ++steps <= MAX_STEPS
}

/** What the call that is worked out passes for a parameter. */
export function argumentNow(owner: Scope, index: number): Folded {
  for (let each = frame; each; each = each.outer) if (each.owner === owner) return each.args?.[index] ?? NONE
  return NONE
}

/** The item that a loop is at. */
export function itemNow(item: Expr): Folded {
  for (let each = frame; each; each = each.outer) if (each.item === item) return each.value ?? NONE
  return NONE
}

function foldWithin(expr: Expr, hops: number, scope: Scope, inner: Omit<Frame, 'outer' | 'depth'>): Folded {
  const outer = frame
  const file = scope.root()
  const before = spent.get(file) ?? 0
  if ((outer?.depth ?? 0) >= MAX_FRAMES || before > MAX_FILE_STEPS) return NONE
  if (!outer) steps = 0
  frame = { ...inner, outer, depth: (outer?.depth ?? 0) + 1 }
  try {
    return fold(expr, hops + 1)
  } finally {
    frame = outer
    if (!outer) spent.set(file, before + steps + 1)
  }
}

/** A function of the package that does nothing but return one value. */
function localFunction(expr: Expr | undefined): FunctionExpr | undefined {
  const [value, ...others] = expr ? valuesOf(expr) : []
  if (value?.kind !== 'function' || others.length > 0) return undefined
  return value.body.returns.length === 1 ? value : undefined
}

/** `g('chi', 'ld_process')` for `function g(a, b) { return a + b }`. */
export function foldLocalCall(call: CallExpr, hops: number): Folded {
  const target = localFunction(call.callee)
  const [returned] = target?.body.returns ?? []
  if (!target || !returned) return NONE
  const args = call.args.map((arg) => fold(arg, hops + 1))
  if (args.some(({ value, list }) => value === undefined && !list)) return NONE
  return foldWithin(returned, hops, call.scope, { owner: target.body, args })
}

/** `[1, 2].map(f)` and Python's `f(c) for c in items`. */
function foldEach(
  list: readonly (string | number)[],
  evaluate: (item: string | number, index: number) => Folded,
): Folded {
  if (list.length > MAX_MAPPED) return NONE
  const mapped: (string | number)[] = []
  for (const [index, item] of list.entries()) {
    const { value } = evaluate(item, index)
    if (value === undefined) return NONE
    mapped.push(value)
  }
  return { value: undefined, list: mapped }
}

export function foldMap(list: readonly (string | number)[], call: CallExpr, hops: number): Folded {
  const target = localFunction(call.args[0])
  const [returned] = target?.body.returns ?? []
  if (!target || !returned) return NONE
  const { body } = target
  return foldEach(list, (item, index) =>
    foldWithin(returned, hops, call.scope, { owner: body, args: [{ value: item }, { value: index }] }),
  )
}

export function foldComprehension(element: Expr, hops: number, scope: Scope): Folded {
  const item = loopItem(element, 0)
  const iterated = item && item.kind === 'mix' && item.parts[0] ? fold(item.parts[0], hops + 1) : NONE
  const list = iterated.list ?? (typeof iterated.value === 'string' ? [...iterated.value] : undefined)
  if (!item || !list) return NONE
  return foldEach(list, (value) => foldWithin(element, hops, scope, { item, value: { value } }))
}

/** The loop variable that an expression is made of. */
function loopItem(expr: Expr, depth: number): Expr | undefined {
  if (depth > 6) return undefined
  if (expr.kind === 'mix' && expr.op === 'item') return expr
  const parts =
    expr.kind === 'name'
      ? expr.scope.valuesOf(expr.name).slice(0, 4)
      : expr.kind === 'call'
        ? expr.args
        : expr.kind === 'mix'
          ? expr.parts
          : []
  for (const part of parts) {
    const found = loopItem(part, depth + 1)
    if (found) return found
  }
  return undefined
}
