// Finds the texts that stand in the code behind an expression.
import { constantOf } from './constant.ts'
import type { Expr } from './program.ts'
import { valuesOf } from './values.ts'

/** Texts that stand in the code of these expressions, names followed; in order, at most 60. */
export function literalsIn(exprs: readonly Expr[]): string[] {
  const found: string[] = []
  const seen = new Set<Expr>()
  const visit = (expr: Expr, depth: number): void => {
    if (depth > 8 || found.length >= 60 || seen.has(expr)) return
    seen.add(expr)
    const constant = expr.kind === 'number' ? undefined : constantOf(expr)
    if (typeof constant === 'string') {
      found.push(constant)
      return
    }
    for (const part of partsOf(expr)) visit(part, depth + 1)
  }
  for (const expr of exprs) visit(expr, 0)
  return found
}

const FEW_CALLERS = 3

/** A function with a few callers stands for all of them where each passes a constant. */
function areTexts(passed: readonly Expr[]): boolean {
  return passed.length <= FEW_CALLERS && passed.every((arg) => typeof constantOf(arg) === 'string')
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'mix':
      return expr.parts
    case 'list':
      return expr.items.slice(0, 60)
    case 'record':
      return expr.entries.slice(0, 60).map(([, value]) => value)
    case 'name':
      return expr.scope.valuesOf(expr.name)
    case 'member':
      return [expr.of, ...valuesOf(expr).filter((value) => value !== expr)]
    case 'call':
      return expr.args
    case 'parameter': {
      const { callers } = expr.owner
      const passed = callers.slice(0, FEW_CALLERS + 1).flatMap(({ args }) => args[expr.index] ?? [])
      return callers.length > 1 && !areTexts(passed) ? [] : passed
    }
    default:
      return []
  }
}
