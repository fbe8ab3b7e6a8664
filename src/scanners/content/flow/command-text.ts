// Writes out the command line of a process call as far as it stands in the code: `['curl', url]` reads like `'curl ' + url`.
import { constantOf } from './constant.ts'
import type { CallExpr, Expr } from './program.ts'
import { pathOf } from './resolve.ts'

const MAX_LENGTH = 4000
const UNKNOWN = '$_'

/** Pieces that are not in the code read `$_`; option objects are left out. */
export function commandText(call: CallExpr): string {
  const parts = call.args
    .filter((arg) => arg.kind !== 'record' && arg.kind !== 'function')
    .map((arg) => written(arg, 0))
  return parts.join(' ').slice(0, MAX_LENGTH)
}

/** A value as far as it stands in the code, without a limit. */
export function writtenText(expr: Expr): string {
  return written(expr, 0)
}

function written(expr: Expr, depth: number): string {
  if (depth > 8) return UNKNOWN
  const constant = constantOf(expr)
  if (constant !== undefined) return String(constant)
  const path = pathOf(expr)
  if (path === 'sys.executable') return 'python'
  if (path === 'process.execPath' || path === 'process.argv.0') return 'node'
  switch (expr.kind) {
    case 'mix':
      if (expr.op === '+' || expr.op === 'template')
        return expr.parts.map((part) => written(part, depth + 1)).join('')
      return expr.parts.map((part) => written(part, depth + 1)).join(' ; ')
    case 'list':
      return expr.items
        .slice(0, 40)
        .map((item) => written(item, depth + 1))
        .join(' ')
    case 'name':
      return alternatives(expr.scope.valuesOf(expr.name), depth)
    case 'call':
      return writtenCall(expr, depth)
    case 'parameter': {
      const passed = expr.owner.callers.slice(0, 5).flatMap((caller) => caller.args[expr.index] ?? [])
      return alternatives(passed, depth)
    }
    default:
      return UNKNOWN
  }
}

function alternatives(values: readonly Expr[], depth: number): string {
  if (values.length === 0) return UNKNOWN
  return values
    .slice(0, 5)
    .map((value) => written(value, depth + 1))
    .join(' ; ')
}

/** `'...'.format(x)`, `shlex.split('...')`, `[...].join(' ')` keep their text. */
function writtenCall(call: CallExpr, depth: number): string {
  const receiver = call.callee.kind === 'member' ? written(call.callee.of, depth + 1) : UNKNOWN
  if (receiver !== UNKNOWN) return receiver
  return call.args.length > 0 && call.args.length < 3
    ? call.args.map((arg) => written(arg, depth + 1)).join(' ')
    : UNKNOWN
}
