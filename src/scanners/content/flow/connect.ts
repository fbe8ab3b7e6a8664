// Tells every function who calls it and what calls its parameters make, within one file and across joined files.
import type { CallExpr, Expr, Program } from './program.ts'
import { valuesOf } from './values.ts'

const MAX_CALLERS = 400

/** To be done once for a program, after its loads are joined to other files and before anything is judged. */
export function connect(program: Program): void {
  for (const call of program.calls) {
    for (const value of valuesOf(call.callee)) noteCall(value, call)
    for (const arg of call.args) for (const value of functionsOf(arg)) value.body.passedTo ??= call
  }
}

function noteCall(value: Expr, call: CallExpr): void {
  if (value.kind === 'function') addCaller(value.body.callers, call)
  if (value.kind === 'record' && value.isClass) {
    for (const [key, method] of value.entries)
      if (method.kind === 'function' && (key === 'constructor' || key === '__init__'))
        addCaller(method.body.callers, call)
  }
  if (value.kind === 'parameter') {
    const calls = value.owner.calledBack.get(value.index)
    if (!calls) value.owner.calledBack.set(value.index, [call])
    else if (calls.length < MAX_CALLERS) calls.push(call)
  }
}

function addCaller(callers: CallExpr[], call: CallExpr): void {
  if (callers.length < MAX_CALLERS) callers.push(call)
}

/** `fetch(url).then(run)` and `Thread(target=run)` call `run`. */
function functionsOf(arg: Expr): readonly Extract<Expr, { kind: 'function' }>[] {
  if (arg.kind !== 'name' && arg.kind !== 'member') return []
  return valuesOf(arg).filter((value) => value.kind === 'function')
}
