// Calls that somebody else makes: `Thread(target=os.system, args=(line,))`, `attempt(socket.gethostbyname, name)`, `map(exec, texts)`.
import type { CallExpr, Expr, Program } from './program.ts'
import { pathOf } from './resolve.ts'
import { valuesOf } from './values.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Only describes what it gets. */
const DESCRIBES = /(?:^|\.)(?:wraps|isinstance|issubclass|hasattr|callable|print|repr|type|id|signature)$/

/** For every function that acts and is given to a call of Python, the call of it with what else is given. */
export function handedCalls({ language, calls }: Program, vocabulary: Vocabulary): CallExpr[] {
  if (language !== 'python') return []
  return calls.flatMap((call) =>
    call.args.flatMap((arg) =>
      isActing(arg, vocabulary) && !DESCRIBES.test(pathOf(call.callee) ?? '') && !isPassedOn(arg, call)
        ? [callOf(arg, call)]
        : [],
    ),
  )
}

/** A parameter (`get=requests.get`) that goes on to a function with this one caller: what that one does with it is followed there. */
function isPassedOn(arg: Expr, { callee }: CallExpr): boolean {
  const isParameter = arg.kind === 'name' && valuesOf(arg).some(({ kind }) => kind === 'parameter')
  const isFollowed = (value: Expr) => value.kind === 'function' && value.body.callers.length === 1
  return isParameter && valuesOf(callee).some(isFollowed)
}

function isActing(arg: Expr, vocabulary: Vocabulary): boolean {
  if (arg.kind !== 'name' && arg.kind !== 'member') return false
  const path = pathOf(arg)
  if (path === undefined || path.endsWith('()')) return false
  return (
    vocabulary.isNetwork(path) ||
    vocabulary.isProcess(path) ||
    vocabulary.isExecution(path) ||
    vocabulary.isNameLookup(path)
  )
}

/** `args=(a, b)` and `[a, b]` are arguments, too. */
function callOf(callee: Expr, { args, scope, at }: CallExpr): CallExpr {
  const others = args.filter((arg) => arg !== callee)
  const given = others.flatMap((arg) =>
    valuesOf(arg).flatMap((value) => (value.kind === 'list' ? value.items : [arg])),
  )
  return { kind: 'call', callee, args: [...new Set(given)], scope, at }
}
