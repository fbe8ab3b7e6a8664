// Converts Python expressions into the small form of flow/program.ts.
import type { SyntaxNode } from '@lezer/common'
import { type Expr, NOTHING, ProgramBuilder, Scope } from '../flow/program.ts'
import { childrenOf, isToken, itemOf, splitBy } from './nodes.ts'
import { formatTextParts, unescapeString } from './strings.ts'

/** Expressions, and the names that they bind. */
export class ExpressionConverter {
  readonly builder = new ProgramBuilder()
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  textOf(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to)
  }

  /** Python reads names by their compatibility form (PEP 3131): letters of other styles spell the same name. */
  nameOf(node: SyntaxNode): string {
    const name = this.textOf(node)
    return /^[\x20-\x7e]*$/.test(name) ? name : name.normalize('NFKC')
  }

  bindTarget(target: SyntaxNode, value: Expr, scope: Scope): void {
    if (target.name === 'VariableName') {
      scope.bind(this.nameOf(target), value)
      return
    }
    if (target.name === 'MemberExpression') {
      const member = this.expr(target, scope)
      if (member.kind === 'name') {
        member.scope.bind(member.name, value)
        return
      }
      let base: Expr = member
      while (base.kind === 'member') base = base.of
      if (base.kind === 'name' && base.scope.valuesOf(base.name).length > 0)
        base.scope.assign(base.name, { kind: 'mix', op: 'part', parts: [value], at: target.from })
      return
    }
    for (const child of childrenOf(target)) if (!isToken(child)) this.bindTarget(child, itemOf(value), scope)
  }

  parameters(node: SyntaxNode, body: Scope, parent: Scope): void {
    let index = 0
    for (const group of splitBy(childrenOf(node), (child) => child.name === ',')) {
      const name = group.find((child) => child.name === 'VariableName')
      if (!name) continue
      const text = this.nameOf(name)
      const owner = body
      if (!(index === 0 && text === 'self'))
        body.bind(text, { kind: 'parameter', owner, index, at: name.from })
      const equals = group.findIndex((child) => child.name === 'AssignOp')
      const preset = equals >= 0 ? group[equals + 1] : undefined
      if (preset && !isToken(preset)) body.bind(text, this.expr(preset, parent))
      if (text !== 'self') index++
    }
  }

  /** `for a, b in items`: the names hold items of what is iterated. */
  bindLoop(children: readonly SyntaxNode[], scope: Scope): void {
    children.forEach((child, i) => {
      if (child.name !== 'for') return
      const end = children.findIndex((other, j) => j > i && other.name === 'in')
      const iterated = children[end + 1]
      if (end < 0 || !iterated) return
      const item = itemOf(this.expr(iterated, scope))
      for (const target of children.slice(i + 1, end))
        if (!isToken(target)) this.bindTarget(target, item, scope)
    })
  }

  expr(node: SyntaxNode, scope: Scope): Expr {
    const at = node.from
    switch (node.name) {
      case 'VariableName':
        return { kind: 'name', name: this.nameOf(node), scope, at }
      case 'String':
        return this.builder.text(unescapeString(this.textOf(node)), at, this.textOf(node))
      case 'FormatString':
        return this.formatString(node, scope)
      case 'ContinuedString':
        return { kind: 'mix', op: 'template', parts: this.operands(node, scope), at }
      case 'Number':
        return { kind: 'number', value: Number(this.textOf(node).replaceAll('_', '')), at }
      case 'CallExpression':
        return this.call(node, scope)
      case 'MemberExpression':
        return this.member(node, scope)
      case 'BinaryExpression':
        return this.binary(node, scope)
      case 'UnaryExpression':
        return { kind: 'mix', op: this.operator(node), parts: this.operands(node, scope), at }
      case 'ConditionalExpression': {
        const [yes = NOTHING, , no = NOTHING] = this.operands(node, scope)
        return { kind: 'mix', op: 'choice', parts: [yes, no], at }
      }
      case 'LambdaExpression':
        return this.lambda(node, scope)
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
        return this.inside(node, scope)
      case 'NamedExpression':
        return this.namedExpression(node, scope)
      case 'DictionaryExpression':
        return this.dictionary(node, scope)
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return { kind: 'list', items: this.operands(node, scope), at }
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        this.bindLoop(childrenOf(node), scope)
        return { kind: 'mix', op: 'list', parts: this.operands(node, scope), at }
      default:
        return { kind: 'mix', op: 'other', parts: this.operands(node, scope), at }
    }
  }

  inside(node: SyntaxNode, scope: Scope): Expr {
    const parts = this.operands(node, scope)
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'mix', op: 'await', parts, at: node.from }
  }

  operands(node: SyntaxNode, scope: Scope): Expr[] {
    return childrenOf(node)
      .filter((child) => !isToken(child))
      .map((child) => this.expr(child, scope))
  }

  operator(node: SyntaxNode): string {
    const token = childrenOf(node).find((child) => /Op$|^(?:and|or|not|in|is)$/.test(child.name))
    return token ? this.textOf(token) : 'other'
  }

  /** Long sums are one mix with many parts, however deep the tree is. */
  binary(node: SyntaxNode, scope: Scope): Expr {
    const op = this.operator(node)
    const parts: Expr[] = []
    let left: SyntaxNode = node
    while (left.name === 'BinaryExpression' && this.operator(left) === op) {
      const [first, second] = childrenOf(left).filter((child) => !isToken(child))
      if (second) parts.push(this.expr(second, scope))
      if (!first) break
      left = first
      if (op !== '+') break
    }
    if (left !== node) parts.push(this.expr(left, scope))
    const choice = op === 'and' || op === 'or'
    return { kind: 'mix', op: choice ? 'choice' : op, parts: parts.reverse(), at: node.from }
  }

  formatString(node: SyntaxNode, scope: Scope): Expr {
    const replacements = childrenOf(node).filter((child) => child.name === 'FormatReplacement')
    const texts = formatTextParts(this.textOf(node), node.from, replacements)
    const parts: Expr[] = []
    texts.forEach((text, i) => {
      if (text !== '') parts.push(this.builder.text(text, node.from))
      const inner = replacements[i]
      if (inner) parts.push({ kind: 'mix', op: 'await', parts: this.operands(inner, scope), at: inner.from })
    })
    return { kind: 'mix', op: 'template', parts, at: node.from }
  }

  call(node: SyntaxNode, scope: Scope): Expr {
    const [target, list] = childrenOf(node)
    return this.callOf(target ? this.expr(target, scope) : NOTHING, list, scope, node.from)
  }

  callOf(callee: Expr, list: SyntaxNode | undefined, scope: Scope, at: number): Expr {
    const args: Expr[] = []
    const keywords = new Map<string, Expr>()
    for (const group of splitBy(list ? childrenOf(list) : [], (child) => child.name === ',')) {
      const equals = group.findIndex((child) => child.name === 'AssignOp')
      const value = group.slice(equals + 1).filter((child) => !isToken(child) && !/^\*/.test(child.name))[0]
      if (!value) continue
      const isComprehension = group.some((child) => child.name === 'for')
      if (isComprehension) this.bindLoop(group, scope)
      const expr = this.expr(value, scope)
      args.push(expr)
      const name = equals > 0 ? group[equals - 1] : undefined
      if (name) keywords.set(this.textOf(name), expr)
    }
    return this.builder.call(callee, args, scope, at, keywords)
  }

  /** `a.b`, `a[b]`, `a[::-1]`. */
  member(node: SyntaxNode, scope: Scope): Expr {
    const children = childrenOf(node)
    const [target] = children
    const at = node.from
    const name = children.find((child) => child.name === 'PropertyName')
    if (name) {
      const property = this.nameOf(name)
      if (target?.name === 'VariableName' && this.textOf(target) === 'self')
        return { kind: 'name', name: `this.${property}`, scope: scope.ownerOfSelf(), at }
      return {
        kind: 'member',
        of: target ? this.expr(target, scope) : NOTHING,
        property: { kind: 'text', value: property, at },
        at,
      }
    }
    const of = target ? this.expr(target, scope) : NOTHING
    const inside = children.slice(2, -1)
    if (inside.some((child) => child.name === ':')) {
      const reversed = /^\[\s{0,9}:\s{0,9}:\s{0,9}-\s{0,9}1\s{0,9}\]$/.test(
        this.source.slice(target?.to ?? at, node.to),
      )
      return { kind: 'mix', op: reversed ? 'reverse' : 'slice', parts: [of], at }
    }
    const index = inside.find((child) => !isToken(child))
    return { kind: 'member', of, property: index ? this.expr(index, scope) : NOTHING, at }
  }

  namedExpression(node: SyntaxNode, scope: Scope): Expr {
    const [name, , value] = childrenOf(node)
    const bound = value ? this.expr(value, scope) : NOTHING
    if (name) this.bindTarget(name, bound, scope)
    return bound
  }

  dictionary(node: SyntaxNode, scope: Scope): Expr {
    const entries = splitBy(childrenOf(node), (child) => child.name === ',').map(
      (group): readonly [string | undefined, Expr] => {
        const parts = group.filter((child) => !isToken(child)).map((child) => this.expr(child, scope))
        const [key, value] = parts
        return value ? [key?.kind === 'text' ? key.value : undefined, value] : [undefined, key ?? NOTHING]
      },
    )
    return { kind: 'record', entries, at: node.from }
  }

  lambda(node: SyntaxNode, parent: Scope): Expr {
    const body = new Scope('function', parent)
    const params = childrenOf(node).find((child) => child.name === 'ParamList')
    if (params) this.parameters(params, body, parent)
    const result = childrenOf(node).at(-1)
    if (result && !isToken(result)) body.returns.push(this.expr(result, body))
    return { kind: 'function', body, at: node.from }
  }
}
