// Small questions to a Lezer tree: children, tokens, groups between separators.
import type { SyntaxNode } from '@lezer/common'
import type { Expr, Scope } from '../flow/program.ts'

const PUNCTUATION = new Set(['(', ')', '[', ']', '{', '}', ',', ':', '.', ';', '@', '->', '⚠', 'Comment'])

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  return children
}

/** Keywords, operators and punctuation. */
export function isToken(node: SyntaxNode): boolean {
  return (
    PUNCTUATION.has(node.name) ||
    /^[a-z]+$|Op$|^\*{1,2}$|^TypeDef$|^FormatSpec$|^FormatConversion$/.test(node.name)
  )
}

export function splitBy<T>(items: readonly T[], separator: T | ((item: T) => boolean)): T[][] {
  const isSeparator =
    typeof separator === 'function' ? (separator as (item: T) => boolean) : (item: T) => item === separator
  const groups: T[][] = [[]]
  for (const item of items) {
    if (isSeparator(item)) groups.push([])
    else groups.at(-1)?.push(item)
  }
  return groups
}

export function itemOf(value: Expr): Expr {
  return { kind: 'mix', op: 'item', parts: [value], at: value.at }
}

export function nearestFunction(scope: Scope): Scope {
  let at = scope
  while (at.kind !== 'function' && at.parent) at = at.parent
  return at
}
