// Says of JavaScript whether code runs as soon as its module is loaded or soon after: in functions that such code calls or hands on.
import { constantOf } from './constant.ts'
import type { CallExpr, Scope } from './program.ts'
import { pathOf } from './resolve.ts'

const MAX_FUNCTIONS = 2000
/** Calls that run the function they are given by themselves, now or soon. */
const RUNNERS =
  /(?:^|\.)(?:set(?:Timeout|Interval|Immediate)|nextTick|queueMicrotask|requestAnimationFrame|requestIdleCallback|then|catch|finally|forEach|map|filter|reduce|some|every|find|Promise|exec|execFile|get|request|readFile|readdir|lookup|resolve\w*|connect|createConnection|writeFile|mkdir|access|stat|waterfall|series|parallel|ready)(?:\(\))?$/
/** Events that come by themselves; `click` or `message` wait for somebody. */
const EVENTS =
  /^(?:end|data|finish|close|open|connect|ready|response|load|DOMContentLoaded|exit|beforeExit|error|readable)$/

/** Whether the code of a scope runs at load, as far as calls by name and handed-over functions tell. */
export function runsSoon(scope: Scope): boolean {
  const start = functionOf(scope)
  if (start === undefined) return true
  const seen = new Set([start])
  for (const owner of seen) {
    const before = known.get(owner)
    if (before === false) continue
    const from = before === true ? [undefined] : callersOf(owner).map((call) => functionOf(call.scope))
    if (from.includes(undefined)) {
      known.set(start, true)
      return true
    }
    // A set hands out what is added while it is gone through.
    for (const caller of from) if (caller !== undefined && seen.size < MAX_FUNCTIONS) seen.add(caller)
  }
  // Whatever could have run this would have run at load itself, or this would, too.
  if (seen.size < MAX_FUNCTIONS) for (const owner of seen) known.set(owner, false)
  return false
}

const known = new WeakMap<Scope, boolean>()

/** Calls that run a function: by its name, or because they got it as an argument and run what they get. */
function callersOf(owner: Scope): readonly CallExpr[] {
  const { callers, passedTo } = owner
  return passedTo !== undefined && isRun(passedTo) ? [...callers, passedTo] : callers
}

/** The innermost function around a scope; undefined at top level. */
function functionOf(scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) if (at.kind === 'function') return at
  return undefined
}

function isRun(call: CallExpr): boolean {
  const [first] = call.args
  const method = call.callee.kind === 'member' ? constantOf(call.callee.property) : undefined
  if (typeof method === 'string' && /^(?:on|once|addEventListener|addListener)$/.test(method)) {
    const event = first && constantOf(first)
    return typeof event === 'string' && EVENTS.test(event)
  }
  const name = typeof method === 'string' ? method : pathOf(call.callee)
  return name !== undefined && RUNNERS.test(name)
}
