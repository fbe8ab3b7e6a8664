// Converts an acorn syntax tree into the small form of flow/program.ts.
import type { Program as AcornProgram, AnyNode, Identifier, Literal } from 'acorn'
import { type Expr, NOTHING, type Program, type Scope } from '../flow/program.ts'
import { ExpressionConverter } from './expressions.ts'

/** Throws RangeError for code nested deeper than the stack allows. */
export function convertScript(tree: AcornProgram, source: string): Program {
  const converter = new StatementConverter()
  for (const statement of tree.body) converter.statement(statement as AnyNode, converter.builder.module)
  return converter.builder.finish('javascript', source)
}

/** Calls of a `try` that are looked at for what its `catch` gets. */
const MAX_TRIED = 12

class StatementConverter extends ExpressionConverter {
  override statement(node: AnyNode | null | undefined, scope: Scope): void {
    if (!node) return
    switch (node.type) {
      case 'VariableDeclaration':
        for (const { id, init } of node.declarations)
          this.bindPattern(id, init ? this.expr(init, scope) : NOTHING, scope, true)
        return
      case 'FunctionDeclaration':
        if (node.id) scope.bind(node.id.name, this.func(node, scope))
        else this.func(node, scope)
        return
      case 'ClassDeclaration': {
        const value = this.expr(node as AnyNode, scope)
        if (node.id) scope.bind(node.id.name, value)
        return
      }
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
        this.exportNames(node, scope)
        return
      case 'ReturnStatement':
        if (node.argument) nearestFunction(scope).returns.push(this.expr(node.argument, scope))
        return
      case 'ImportDeclaration':
        this.importNames(node, scope)
        return
      case 'ExpressionStatement':
        this.expr(node.expression, scope)
        return
      case 'TryStatement':
        this.attempt(node, scope)
        return
      case 'ForInStatement':
      case 'ForOfStatement':
        this.forEach(node, scope)
        return
      default:
        this.children(node, scope)
    }
  }

  forEach(node: Extract<AnyNode, { type: 'ForInStatement' | 'ForOfStatement' }>, scope: Scope): void {
    const item: Expr = { kind: 'mix', op: 'item', parts: [this.expr(node.right, scope)], at: node.start }
    const { left } = node
    if (left.type === 'VariableDeclaration')
      for (const { id } of left.declarations) this.bindPattern(id, item, scope, true)
    else this.bindPattern(left, item, scope, false)
    this.statement(node.body as AnyNode, scope)
  }

  /** What is caught may be the answer of a call that was tried: `err.response.data`. */
  attempt(node: Extract<AnyNode, { type: 'TryStatement' }>, scope: Scope): void {
    const before = this.builder.calls.length
    this.statement(node.block as AnyNode, scope)
    const tried = this.builder.calls.slice(before, before + MAX_TRIED)
    const { handler, finalizer } = node
    if (handler?.param)
      this.bindPattern(
        handler.param,
        { kind: 'mix', op: 'caught', parts: tried, at: node.start },
        scope,
        true,
      )
    if (handler) this.statement(handler.body as AnyNode, scope)
    this.statement(finalizer as AnyNode | null | undefined, scope)
  }

  importNames(node: Extract<AnyNode, { type: 'ImportDeclaration' }>, scope: Scope): void {
    const at = node.start
    const module = this.loading('require', this.builder.text(String(node.source.value), at), scope, at)
    for (const specifier of node.specifiers) {
      const imported =
        specifier.type === 'ImportSpecifier'
          ? specifier.imported.type === 'Identifier'
            ? specifier.imported.name
            : String(specifier.imported.value)
          : 'default'
      const property: Expr = { kind: 'text', value: imported, at }
      scope.bind(specifier.local.name, { kind: 'member', of: module, property, at })
    }
  }

  exportNames(node: ExportNode, scope: Scope): void {
    const at = node.start
    const { exports } = this.builder
    if (node.type === 'ExportDefaultDeclaration') {
      exports.add('default', this.exportedDefault(node.declaration as AnyNode, scope))
      return
    }
    const from = node.source && this.builder.text(String(node.source.value), at)
    const module = from && this.loading('require', from, scope, at)
    if (node.type === 'ExportAllDeclaration') {
      if (module && node.exported) exports.add(nameOf(node.exported), module)
      else if (module) exports.passedOn.push(module)
      return
    }
    this.statement(node.declaration as AnyNode | null | undefined, scope)
    for (const name of namesDeclared(node.declaration as AnyNode | null | undefined))
      exports.add(name, { kind: 'name', name, scope, at })
    for (const { local, exported } of node.specifiers) {
      const name = nameOf(local)
      const property: Expr = { kind: 'text', value: name, at }
      exports.add(
        nameOf(exported),
        module ? { kind: 'member', of: module, property, at } : { kind: 'name', name, scope, at },
      )
    }
  }

  exportedDefault(node: AnyNode, scope: Scope): Expr {
    if (node.type !== 'FunctionDeclaration' && node.type !== 'ClassDeclaration') return this.expr(node, scope)
    if (!node.id) return node.type === 'FunctionDeclaration' ? this.func(node, scope) : this.expr(node, scope)
    this.statement(node, scope)
    return { kind: 'name', name: node.id.name, scope, at: node.start }
  }

  visit(node: AnyNode, scope: Scope): void {
    if (/Statement$|Declaration$|^(?:SwitchCase|CatchClause|Export\w+)$/.test(node.type))
      this.statement(node, scope)
    else this.expr(node, scope)
  }

  /** Every node below, as statement or expression, in order. */
  override children(node: AnyNode, scope: Scope): void {
    for (const key in node) {
      if (key === 'type' || key === 'start' || key === 'end') continue
      const value: unknown = node[key as keyof AnyNode]
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) this.visit(child, scope)
    }
  }
}

type ExportNode = Extract<
  AnyNode,
  { type: 'ExportNamedDeclaration' | 'ExportDefaultDeclaration' | 'ExportAllDeclaration' }
>

function nameOf(node: Identifier | Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value)
}

/** Names of `export const a = 1, { b } = c`, of a function or a class; deeper patterns are left out. */
function namesDeclared(node: AnyNode | null | undefined): string[] {
  if (node?.type === 'FunctionDeclaration' || node?.type === 'ClassDeclaration')
    return node.id ? [node.id.name] : []
  if (node?.type !== 'VariableDeclaration') return []
  return node.declarations.flatMap(({ id }) => {
    if (id.type === 'Identifier') return [id.name]
    if (id.type !== 'ObjectPattern') return []
    return id.properties.flatMap((property) =>
      property.type === 'Property' && property.value.type === 'Identifier' ? [property.value.name] : [],
    )
  })
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function nearestFunction(scope: Scope): Scope {
  let at = scope
  while (at.kind !== 'function' && at.parent) at = at.parent
  return at
}
