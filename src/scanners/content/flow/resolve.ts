// Resolves an expression to the dotted path of what it stands for: aliases, destructuring, computed and hidden names followed.

import { constantOf } from './constant.ts'
import { ExprMemo } from './memo.ts'
import type { CallExpr, Expr, MemberExpr, ParameterExpr } from './program.ts'
import { valuesOf } from './values.ts'

const MAX_HOPS = 60
const GLOBALS = /^(?:globalThis|global|window|self|top|frames|builtins|__builtins__|__main__)\.(?=.)/
/** Paths that are functions and no modules: `subprocess.call` is a function of its own. */
const FUNCTION_PATH = /\.|^(?:eval|Function|require|fetch|exec)$/
/** Methods that only objects of Python's pathlib have, however the object was made. */
const PATH_METHODS = new Set(['read_text', 'read_bytes', 'write_text', 'write_bytes'])
const MODULE_LOADERS = new Set([
  'require',
  'import',
  'module.require',
  'process.mainModule.require',
  'mainModule.require',
  'process.getBuiltinModule',
  '__import__',
  'importlib.import_module',
  'importlib.__import__',
  'eval("require")',
])

/**
 * `child_process.exec` for whatever spelling leads there: `const { exec: e } = require('child_process'); e(...)`,
 * `__import__('os').system`, `getattr(os, 'system')`, `globalThis['ev' + 'al']`. A call's result is its path with `()`.
 */
export function pathOf(expr: Expr, hops = 0): string | undefined {
  if (hops > MAX_HOPS) return undefined
  const before = known.get(expr)
  if (before) return before.path
  known.set(expr, {})
  const path = resolve(expr, hops)
  if (path !== undefined) known.set(expr, { path: path.slice(0, 300) })
  return path
}

/** Every expression is resolved once: the work stays linear, and a name that stands for itself has no path. */
const known = new ExprMemo<{ readonly path?: string }>()

function resolve(expr: Expr, hops: number): string | undefined {
  switch (expr.kind) {
    case 'name':
      return pathOfName(expr.name, expr.scope.valuesOf(expr.name), hops)
    case 'member':
      return pathOfValues(expr, hops) ?? pathOfMember(expr.of, expr.property, hops)
    case 'call':
      return pathOfCall(expr, hops)
    case 'mix':
      return pathOfMix(expr.parts, expr.op, hops)
    case 'parameter':
      return pathOfParameter(expr, hops)
    default:
      return undefined
  }
}

/** A property of a record or of a module of the package stands for what was put there. */
function pathOfValues(expr: MemberExpr, hops: number): string | undefined {
  for (const value of valuesOf(expr)) {
    const path = value === expr ? undefined : pathOf(value, hops + 1)
    if (path !== undefined) return path
  }
  return undefined
}

function pathOfName(name: string, values: readonly Expr[], hops: number): string | undefined {
  if (values.length === 0) return name
  for (const value of values) {
    const path = pathOf(value, hops + 1)
    if (path !== undefined) return path
  }
  return undefined
}

/** Followed only where one caller passes it: `(function (cp) { ... })(require('child_process'))`. */
function pathOfParameter({ owner, index }: ParameterExpr, hops: number): string | undefined {
  const [caller, ...others] = owner.callers
  const arg = caller?.args[index]
  if (arg) return others.length === 0 ? pathOf(arg, hops + 1) : undefined
  // `import('x').then((x) => ...)` hands the module on.
  const callee = owner.passedTo?.callee
  if (index !== 0 || callee?.kind !== 'member' || constantOf(callee.property) !== 'then') return undefined
  const promised = pathOf(callee.of, hops + 1)
  return promised?.endsWith('()') ? undefined : promised
}

function pathOfMember(of: Expr, property: Expr, hops: number): string | undefined {
  const name = constantOf(property, hops + 1)
  if (typeof name !== 'string') return undefined
  if (name === 'constructor' && isFunctionLike(of, hops + 1)) return 'Function.constructor'
  const owner = pathOf(of, hops + 1) ?? (PATH_METHODS.has(name) ? 'Path()' : undefined)
  if (owner === undefined) return undefined
  if (name === 'default' || name === '__dict__' || name === '__globals__') return owner
  if (/^(?:call|apply|bind)$/.test(name) && FUNCTION_PATH.test(owner)) return owner
  return stripGlobals(`${owner}.${name}`)
}

/** Only functions have that constructor, also when they are asked for their prototype first. */
function isFunctionLike(of: Expr, hops: number): boolean {
  if (of.kind === 'function') return true
  if (of.kind === 'member') return constantOf(of.property, hops) === 'constructor'
  if (of.kind !== 'call') return false
  const callee = pathOf(of.callee, hops)
  const isPrototype = callee !== undefined && /^(?:Object|Reflect)\.getPrototypeOf$/.test(callee)
  return isPrototype && of.args[0] !== undefined && isFunctionLike(of.args[0], hops)
}

function pathOfCall(call: CallExpr, hops: number): string | undefined {
  const callee = pathOf(call.callee, hops + 1)
  if (callee === undefined) return undefined
  const [first, second] = call.args
  if (isModuleLoader(callee) && first) {
    const module = constantOf(first, hops + 1)
    return typeof module === 'string' ? moduleName(module) : undefined
  }
  if (callee === 'getattr' && first && second) return pathOfMember(first, second, hops + 1)
  if (/^(?:globals|locals|vars)$/.test(callee)) return 'builtins'
  if (/\.bind$/.test(callee)) return callee.slice(0, -5)
  if (callee === 'module.createRequire' || callee === 'createRequire') return 'require'
  if (callee === 'util.promisify' || callee === 'promisify') return first && pathOf(first, hops + 1)
  return `${callee}()`
}

function pathOfMix(parts: readonly Expr[], op: string, hops: number): string | undefined {
  if (op === 'spread' || op === 'await' || op === 'choice') {
    for (const part of parts) {
      const path = pathOf(part, hops + 1)
      if (path !== undefined) return path
    }
  }
  return undefined
}

/** Whether calling this path loads the module named by its first argument. */
export function isModuleLoader(path: string): boolean {
  return MODULE_LOADERS.has(path)
}

function moduleName(name: string): string {
  return name.replace(/^node:/, '')
}

function stripGlobals(path: string): string {
  let stripped = path
  while (GLOBALS.test(stripped)) stripped = stripped.replace(GLOBALS, '')
  return stripped
}
