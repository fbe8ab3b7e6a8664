// Says whether code runs as soon as its module is loaded: calls, threads, exit handlers, decorators and Python's own calls followed.
import type { CallExpr, Expr, Scope } from './program.ts'
import { pathOf } from './resolve.ts'
import { valuesOf } from './values.ts'

/** What calls a function that it is given, now or soon. */
const CALLS_IT =
  /(?:^|\.)(?:Thread|Timer|Process|start_new_thread|submit|map|filter|register|run|run_until_complete|create_task|ensure_future|gather|to_thread|run_in_executor|apply|apply_async|signal|settrace|setprofile|addaudithook|call_soon|call_later|max|min|sorted|reduce)$/

const known = new WeakMap<Scope, boolean>()

/** To be asked after functions were connected to their callers. A guarded main block does not run at load. */
export function runsAtLoad(scope: Scope): boolean {
  if (scope.kind === 'guard') return false
  if (scope.kind !== 'function') return scope.parent ? runsAtLoad(scope.parent) : !scope.isProgram
  const before = known.get(scope)
  if (before !== undefined) return before
  known.set(scope, false)
  const runs =
    scope.isCalledByItself ||
    scope.callers.some((call) => runsAtLoad(call.scope)) ||
    isHandedOn(scope.passedTo) ||
    scope.decorators.some((decorator) => callsWhatItGets(decorator, scope))
  known.set(scope, runs)
  return runs
}

function isHandedOn(call: CallExpr | undefined): boolean {
  if (!call || !runsAtLoad(call.scope)) return false
  const path = pathOf(call.callee)
  return (path !== undefined && CALLS_IT.test(path)) || callsItsParameter(call.callee)
}

/** `@atexit.register`, and decorators of the package that call what they decorate. */
function callsWhatItGets(decorator: Expr, scope: Scope): boolean {
  if (scope.parent && !runsAtLoad(scope.parent)) return false
  const path = pathOf(decorator)
  if (path !== undefined && /^atexit\.register$/.test(path)) return true
  return callsItsParameter(decorator)
}

function callsItsParameter(callee: Expr): boolean {
  return valuesOf(callee).some(
    (value) =>
      value.kind === 'function' &&
      [...value.body.calledBack.values()].some((calls) => calls.some((call) => call.scope === value.body)),
  )
}
