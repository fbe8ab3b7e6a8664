// Converts JavaScript expressions into the small form of flow/program.ts.
import type { AnyNode, Function as FunctionNode, Node, Pattern } from 'acorn'
import { type CallExpr, type Expr, NOTHING, ProgramBuilder, Scope } from '../flow/program.ts'

/** Expressions, and the names that they bind; statements inside functions are left to the heir. */
export abstract class ExpressionConverter {
  readonly builder = new ProgramBuilder()

  abstract statement(node: AnyNode | null | undefined, scope: Scope): void

  /** Every node below, as statement or expression, in order. */
  abstract children(node: AnyNode, scope: Scope): void

  expr(node: Node, scope: Scope): Expr {
    const any = node as AnyNode
    const at = any.start
    switch (any.type) {
      case 'Literal':
        return this.literal(any.value, at, any.raw)
      case 'TemplateLiteral':
        return this.template(any, scope)
      case 'Identifier':
        return { kind: 'name', name: any.name, scope, at }
      case 'ThisExpression':
        return { kind: 'name', name: 'this', scope, at }
      case 'MemberExpression':
        return this.member(any, scope)
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.expr(any.expression, scope)
      case 'CallExpression':
      case 'NewExpression':
        return this.call(any, scope)
      case 'ImportExpression':
        return this.loading('import', this.expr(any.source, scope), scope, at)
      case 'AssignmentExpression':
        return this.assignment(any, scope)
      case 'BinaryExpression':
        return this.binary(any, scope)
      case 'LogicalExpression':
        return this.mix('choice', [any.left, any.right], scope, at)
      case 'ConditionalExpression':
        this.expr(any.test, scope)
        return this.mix('choice', [any.consequent, any.alternate], scope, at)
      case 'SequenceExpression':
        return any.expressions.map((each) => this.expr(each, scope)).at(-1) ?? NOTHING
      case 'AwaitExpression':
        return this.mix('await', [any.argument], scope, at)
      case 'SpreadElement':
        return this.mix('spread', [any.argument], scope, at)
      case 'UnaryExpression':
        return this.mix(any.operator, [any.argument], scope, at)
      case 'ArrayExpression':
        return {
          kind: 'list',
          items: any.elements.map((each) => (each ? this.expr(each, scope) : NOTHING)),
          at,
        }
      case 'ObjectExpression':
        return this.record(any, scope)
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.func(any, scope)
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.classBody(any, scope)
      case 'TaggedTemplateExpression':
        return this.builder.call(this.expr(any.tag, scope), [this.template(any.quasi, scope)], scope, at)
      default:
        this.children(any, scope)
        return NOTHING
    }
  }

  literal(value: unknown, at: number, spelling = ''): Expr {
    if (typeof value === 'string') return this.builder.text(value, at, spelling)
    return typeof value === 'number' ? { kind: 'number', value, at } : NOTHING
  }

  template(node: Extract<AnyNode, { type: 'TemplateLiteral' }>, scope: Scope): Expr {
    const parts: Expr[] = []
    node.quasis.forEach((quasi, i) => {
      const text = quasi.value.cooked ?? quasi.value.raw
      if (text !== '') parts.push(this.builder.text(text, quasi.start, quasi.value.raw))
      const inner = node.expressions[i]
      if (inner) parts.push(this.expr(inner, scope))
    })
    if (parts.length === 1 && parts[0]?.kind === 'text') return parts[0]
    return { kind: 'mix', op: 'template', parts, at: node.start }
  }

  member(node: Extract<AnyNode, { type: 'MemberExpression' }>, scope: Scope): Expr {
    const property = this.propertyName(node.property, node.computed, scope)
    if (node.object.type === 'ThisExpression' && property.kind === 'text')
      return { kind: 'name', name: `this.${property.value}`, scope: scope.ownerOfSelf(), at: node.start }
    const of = node.object.type === 'Super' ? NOTHING : this.expr(node.object, scope)
    return { kind: 'member', of, property, at: node.start }
  }

  propertyName(node: Node, computed: boolean, scope: Scope): Expr {
    const any = node as AnyNode
    if (!computed && any.type === 'Identifier') return { kind: 'text', value: any.name, at: any.start }
    if (any.type === 'Literal') return { kind: 'text', value: String(any.value), at: any.start }
    return any.type === 'PrivateIdentifier' ? NOTHING : this.expr(any, scope)
  }

  call(node: Extract<AnyNode, { type: 'CallExpression' | 'NewExpression' }>, scope: Scope): Expr {
    const callee = node.callee.type === 'Super' ? NOTHING : this.expr(node.callee, scope)
    const args = node.arguments.map((each) => this.expr(each, scope))
    const call = this.builder.call(callee, args, scope, node.start)
    const [first] = args
    if (callee.kind === 'name' && callee.name === 'require' && first?.kind === 'text')
      this.builder.load(first.value, call)
    return call
  }

  /** `require(source)` or `import(source)`, also for an import declaration. */
  loading(loader: 'require' | 'import', source: Expr, scope: Scope, at: number): CallExpr {
    const call = this.builder.call({ kind: 'name', name: loader, scope, at }, [source], scope, at)
    if (source.kind === 'text') this.builder.load(source.value, call)
    return call
  }

  assignment(node: Extract<AnyNode, { type: 'AssignmentExpression' }>, scope: Scope): Expr {
    const value = this.expr(node.right, scope)
    this.bindPattern(node.left, value, scope, false)
    return value
  }

  /** Long sums are one mix with many parts, however deep the tree is. */
  binary(node: Extract<AnyNode, { type: 'BinaryExpression' }>, scope: Scope): Expr {
    const parts: Expr[] = []
    let left: Node = node
    while (
      (left as AnyNode).type === 'BinaryExpression' &&
      (left as typeof node).operator === node.operator
    ) {
      parts.push(this.expr((left as typeof node).right, scope))
      left = (left as typeof node).left
      if (node.operator !== '+') break
    }
    if ((left as AnyNode).type !== 'PrivateIdentifier') parts.push(this.expr(left, scope))
    return { kind: 'mix', op: node.operator, parts: parts.reverse(), at: node.start }
  }

  mix(op: string, nodes: readonly Node[], scope: Scope, at: number): Expr {
    return { kind: 'mix', op, parts: nodes.map((node) => this.expr(node, scope)), at }
  }

  record(node: Extract<AnyNode, { type: 'ObjectExpression' }>, scope: Scope): Expr {
    const entries = node.properties.map((property): readonly [string | undefined, Expr] => {
      if (property.type === 'SpreadElement') return [undefined, this.expr(property.argument, scope)]
      const key = this.propertyName(property.key, property.computed, scope)
      return [key.kind === 'text' ? key.value : undefined, this.expr(property.value, scope)]
    })
    return { kind: 'record', entries, at: node.start }
  }

  func(node: FunctionNode, parent: Scope): Expr {
    const body = new Scope('function', parent)
    node.params.forEach((param, index) => {
      this.bindPattern(param, { kind: 'parameter', owner: body, index, at: param.start }, body, true)
    })
    if (node.body.type === 'BlockStatement')
      for (const each of node.body.body) this.statement(each as AnyNode, body)
    else body.returns.push(this.expr(node.body, body))
    return { kind: 'function', body, at: node.start }
  }

  classBody(node: Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>, scope: Scope): Expr {
    if (node.superClass) this.expr(node.superClass, scope)
    const inner = new Scope('class', scope)
    const entries: [string, Expr][] = []
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock')
        for (const each of member.body) this.statement(each as AnyNode, inner)
      else if (member.value) {
        const value = this.expr(member.value, inner)
        const key = this.propertyName(member.key, member.computed, inner)
        if (key.kind === 'text') {
          inner.bind(`this.${key.value}`, value)
          entries.push([key.value, value])
        }
      }
    }
    return { kind: 'record', entries, isClass: true, at: node.start }
  }

  bindPattern(pattern: Pattern, value: Expr, scope: Scope, declares: boolean): void {
    switch (pattern.type) {
      case 'Identifier':
        if (value === NOTHING && !declares) return
        if (declares) scope.bind(pattern.name, value)
        else scope.assign(pattern.name, value)
        return
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') this.bindPattern(property.argument, value, scope, declares)
          else {
            const name = this.propertyName(property.key, property.computed, scope)
            const inner: Expr = { kind: 'member', of: value, property: name, at: property.start }
            this.bindPattern(property.value, inner, scope, declares)
          }
        }
        return
      case 'ArrayPattern':
        pattern.elements.forEach((element, index) => {
          if (!element) return
          const property: Expr = { kind: 'number', value: index, at: element.start }
          this.bindPattern(
            element,
            { kind: 'member', of: value, property, at: element.start },
            scope,
            declares,
          )
        })
        return
      case 'AssignmentPattern':
        this.bindPattern(pattern.left, value, scope, declares)
        this.expr(pattern.right, scope)
        return
      case 'RestElement':
        this.bindPattern(pattern.argument, value, scope, declares)
        return
      case 'MemberExpression':
        this.bindMember(pattern, value, scope)
    }
  }

  /** `a.b = value` makes the value part of `a`. */
  bindMember(node: Extract<AnyNode, { type: 'MemberExpression' }>, value: Expr, scope: Scope): void {
    const target = this.member(node, scope)
    if (target.kind === 'name') target.scope.bind(target.name, value)
    this.noteExport(target, value)
    let base: Expr = target
    while (base.kind === 'member') base = base.of
    if (base.kind !== 'name' || base.scope.valuesOf(base.name).length === 0) return
    base.scope.assign(base.name, { kind: 'mix', op: 'part', parts: [value], at: node.start })
  }

  /** `module.exports = value`, `module.exports.name = value`, `exports.name = value`. */
  noteExport(target: Expr, value: Expr): void {
    if (target.kind !== 'member' || target.property.kind !== 'text') return
    const { exports } = this.builder
    if (isGlobal(target.of, 'module') && target.property.value === 'exports') exports.whole.push(value)
    else if (isGlobal(target.of, 'exports') || isModuleExports(target.of))
      exports.add(target.property.value, value)
  }
}

function isModuleExports(expr: Expr): boolean {
  return (
    expr.kind === 'member' &&
    isGlobal(expr.of, 'module') &&
    expr.property.kind === 'text' &&
    expr.property.value === 'exports'
  )
}

function isGlobal(expr: Expr, name: string): boolean {
  return expr.kind === 'name' && expr.name === name && expr.scope.valuesOf(name).length === 0
}
