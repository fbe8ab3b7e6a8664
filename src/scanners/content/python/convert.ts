// Converts a Lezer syntax tree of Python into the small form of flow/program.ts.
import type { SyntaxNode } from '@lezer/common'
import { type CallExpr, type Expr, NOTHING, type Program, Scope } from '../flow/program.ts'
import { ExpressionConverter } from './expressions.ts'
import { childrenOf, isToken, itemOf, nearestFunction, splitBy } from './nodes.ts'

/** The parser repairs what it cannot read, so there is a program for every text. Throws RangeError when nested too deeply. */
export function convertPython(top: SyntaxNode, source: string): Program {
  const converter = new StatementConverter(source)
  converter.block(top, converter.builder.module)
  return converter.builder.finish('python', source)
}

/** The test of a module for being the program. */
const MAIN =
  /^\(?\s{0,4}(?:__name__\s{0,4}==\s{0,4}["']__main__["']|["']__main__["']\s{0,4}==\s{0,4}__name__)\s{0,4}\)?$/
/** A build script is always run as the program, so that nothing in it is guarded. */
const BUILD = /\b(?:setuptools|distutils)\b/
/** Called when a class is made, derived from or given up, without a call in the code (Python's data model). */
const OF_CLASS = /^__(?:init_subclass|set_name|del|prepare)__$/
/** Called when a name of a module is asked for that it does not have (PEP 562). */
const OF_MODULE = /^__(?:getattr|dir)__$/

function isCalledByItself(name: string, scope: Scope): boolean {
  return (scope.kind === 'class' ? OF_CLASS : OF_MODULE).test(name) && scope.isTopLevel()
}

class StatementConverter extends ExpressionConverter {
  block(node: SyntaxNode, scope: Scope): void {
    for (const child of childrenOf(node)) this.statement(child, scope)
  }

  statement(node: SyntaxNode, scope: Scope): void {
    switch (node.name) {
      case 'ImportStatement':
        this.importNames(node, scope)
        return
      case 'AssignStatement':
      case 'UpdateStatement':
        this.assignment(node, scope)
        return
      case 'FunctionDefinition':
        this.definition(node, scope)
        return
      case 'DecoratedStatement':
        this.decorated(node, scope)
        return
      case 'IfStatement':
        this.ifStatement(node, scope)
        return
      case 'ClassDefinition':
        this.classDefinition(node, scope)
        return
      case 'ForStatement':
        this.forStatement(node, scope)
        return
      case 'WithStatement':
        this.withStatement(node, scope)
        return
      case 'ReturnStatement':
      case 'YieldStatement':
        nearestFunction(scope).returns.push(...this.operands(node, scope))
        return
      default:
        if (/Statement|^Body$|^StatementGroup$|^Decorator$|^Script$|Clause$|Group$/.test(node.name))
          this.block(node, scope)
        else if (!isToken(node)) this.expr(node, scope)
    }
  }

  /** `import a.b as c`, `from a.b import c as d`. */
  importNames(node: SyntaxNode, scope: Scope): void {
    const words = childrenOf(node).map((child) => this.textOf(child))
    const from = words[0] === 'from'
    const split = words.indexOf('import')
    const base = from ? words.slice(1, split).join('') : ''
    for (const part of splitBy(
      words.slice(split + 1).filter((word) => !/^[()]$/.test(word)),
      ',',
    )) {
      const as = part.indexOf('as')
      const name = (as >= 0 ? part.slice(0, as) : part).join('')
      if (name === '*') this.builder.load(base, this.moduleAt(base, scope, node.from), name)
      if (name === '' || name === '*') continue
      const local = as >= 0 ? (part[as + 1] ?? name) : from ? name : (name.split('.')[0] ?? name)
      const path = from ? (base ? `${base}.${name}` : name) : as >= 0 ? name : local
      const module = this.moduleAt(path, scope, node.from)
      if (from) this.builder.load(base, module, name)
      else this.builder.load(path, module)
      scope.bind(local, module)
    }
  }

  moduleAt(path: string, scope: Scope, at: number): CallExpr {
    const text: Expr = { kind: 'text', value: path, at }
    const callee: Expr = { kind: 'name', name: '__import__', scope, at }
    return { kind: 'call', callee, args: [text], scope, at }
  }

  /** `a = b = value`, `a, b = value`, `a: type = value`, `a += value`. */
  assignment(node: SyntaxNode, scope: Scope): void {
    const groups = splitBy(
      childrenOf(node),
      (child) => child.name === 'AssignOp' || child.name === 'UpdateOp',
    )
    const last = groups.at(-1) ?? []
    const values = last.filter((child) => !isToken(child)).map((child) => this.expr(child, scope))
    const value: Expr =
      values.length === 1 && values[0] ? values[0] : { kind: 'list', items: values, at: node.from }
    for (const group of groups.slice(0, -1)) {
      const targets = group.filter((child) => !isToken(child) && child.name !== 'TypeDef')
      targets.forEach((target, i) => {
        const single = targets.length === 1
        this.bindTarget(
          target,
          single ? value : ((values.length === targets.length ? values[i] : undefined) ?? itemOf(value)),
          scope,
        )
      })
    }
  }

  /** Only what is guarded by its own name's test does not run when it is imported. */
  ifStatement(node: SyntaxNode, scope: Scope): void {
    const children = childrenOf(node)
    const guards = MAIN.test(this.textOf(children[1] ?? node)) && !BUILD.test(this.source)
    children.forEach((child, i) => {
      if (child.name === 'Body') this.block(child, guards && i === 2 ? new Scope('guard', scope) : scope)
      else if (!isToken(child)) this.expr(child, scope)
    })
  }

  decorated(node: SyntaxNode, scope: Scope): void {
    const decorators: Expr[] = []
    for (const child of childrenOf(node)) {
      if (child.name === 'Decorator') decorators.push(...this.decorator(child, scope))
      else if (child.name === 'FunctionDefinition') this.definition(child, scope, decorators)
      else this.statement(child, scope)
    }
  }

  /** A decorator's parts lie side by side in the tree: it is read again as the expression it is. */
  decorator(node: SyntaxNode, scope: Scope): Expr[] {
    const parts = childrenOf(node).filter((child) => child.name !== 'At' && child.name !== 'ArgList')
    const [first, ...rest] = parts.filter((child) => !isToken(child))
    const list = childrenOf(node).find((child) => child.name === 'ArgList')
    if (!first) return []
    let callee = this.expr(first, scope)
    for (const { from, to } of rest) {
      const property: Expr = { kind: 'text', value: this.source.slice(from, to), at: from }
      callee = { kind: 'member', of: callee, property, at: node.from }
    }
    return [list ? this.callOf(callee, list, scope, node.from) : callee]
  }

  definition(node: SyntaxNode, scope: Scope, decorators: readonly Expr[] = []): void {
    const name = childrenOf(node).find((child) => child.name === 'VariableName')
    const value = this.func(node, scope)
    if (!name) return
    if (value.kind === 'function') {
      value.body.decorators.push(...decorators)
      value.body.isCalledByItself = isCalledByItself(this.textOf(name), scope)
    }
    scope.bind(this.nameOf(name), value)
    if (scope.kind === 'class') scope.bind(`this.${this.nameOf(name)}`, value)
  }

  func(node: SyntaxNode, parent: Scope): Expr {
    const body = new Scope('function', parent)
    const params = childrenOf(node).find((child) => child.name === 'ParamList')
    if (params) this.parameters(params, body, parent)
    const suite = childrenOf(node).find((child) => child.name === 'Body')
    if (suite) this.block(suite, body)
    return { kind: 'function', body, at: node.from }
  }

  classDefinition(node: SyntaxNode, scope: Scope): void {
    const inner = new Scope('class', scope)
    for (const child of childrenOf(node)) if (child.name === 'Body') this.block(child, inner)
    const name = childrenOf(node).find((child) => child.name === 'VariableName')
    const entries = inner.functions()
    if (name && entries.length > 0)
      scope.bind(this.nameOf(name), { kind: 'record', entries, isClass: true, at: node.from })
  }

  forStatement(node: SyntaxNode, scope: Scope): void {
    this.bindLoop(childrenOf(node), scope)
    for (const child of childrenOf(node)) if (child.name === 'Body') this.block(child, scope)
  }

  withStatement(node: SyntaxNode, scope: Scope): void {
    const children = childrenOf(node)
    let value: Expr = NOTHING
    children.forEach((child, i) => {
      if (child.name === 'Body') this.block(child, scope)
      else if (children[i - 1]?.name === 'as') this.bindTarget(child, value, scope)
      else if (!isToken(child)) value = this.expr(child, scope)
    })
  }
}
