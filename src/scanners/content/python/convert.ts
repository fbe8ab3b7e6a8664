// Converts a Lezer syntax tree of Python into the small form of flow/program.ts.
import type { SyntaxNode } from '@lezer/common'
import { type Expr, NOTHING, type Program, ProgramBuilder, Scope } from '../flow/program.ts'
import { formatTextParts, unescapeString } from './strings.ts'

/** The parser repairs what it cannot read, so there is a program for every text. Throws RangeError when nested too deeply. */
export function convertPython(top: SyntaxNode, source: string): Program {
  const converter = new Converter(source)
  converter.block(top, converter.builder.module)
  return converter.builder.finish('python', source)
}

const PUNCTUATION = new Set(['(', ')', '[', ']', '{', '}', ',', ':', '.', ';', '@', '->', '⚠', 'Comment'])

class Converter {
  readonly builder = new ProgramBuilder()
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  textOf(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to)
  }

  block(node: SyntaxNode, scope: Scope): void {
    for (const child of childrenOf(node)) this.statement(child, scope)
  }

  statement(node: SyntaxNode, scope: Scope): void {
    switch (node.name) {
      case 'ImportStatement':
        return this.importNames(node, scope)
      case 'AssignStatement':
      case 'UpdateStatement':
        return this.assignment(node, scope)
      case 'FunctionDefinition':
        return this.definition(node, scope)
      case 'ClassDefinition':
        return this.classDefinition(node, scope)
      case 'ForStatement':
        return this.forStatement(node, scope)
      case 'WithStatement':
        return this.withStatement(node, scope)
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
      if (name === '' || name === '*') continue
      const local = as >= 0 ? (part[as + 1] ?? name) : from ? name : (name.split('.')[0] ?? name)
      const path = from ? (base ? `${base}.${name}` : name) : as >= 0 ? name : local
      scope.bind(local, this.moduleAt(path, scope, node.from))
    }
  }

  moduleAt(path: string, scope: Scope, at: number): Expr {
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

  bindTarget(target: SyntaxNode, value: Expr, scope: Scope): void {
    if (target.name === 'VariableName') return scope.bind(this.textOf(target), value)
    if (target.name === 'MemberExpression') {
      const member = this.expr(target, scope)
      if (member.kind === 'name') return member.scope.bind(member.name, value)
      let base: Expr = member
      while (base.kind === 'member') base = base.of
      if (base.kind === 'name' && base.scope.valuesOf(base.name).length > 0)
        base.scope.assign(base.name, { kind: 'mix', op: 'part', parts: [value], at: target.from })
      return
    }
    for (const child of childrenOf(target)) if (!isToken(child)) this.bindTarget(child, itemOf(value), scope)
  }

  definition(node: SyntaxNode, scope: Scope): void {
    const name = childrenOf(node).find((child) => child.name === 'VariableName')
    const value = this.func(node, scope)
    if (name) scope.bind(this.textOf(name), value)
  }

  func(node: SyntaxNode, parent: Scope): Expr {
    const body = new Scope('function', parent)
    const params = childrenOf(node).find((child) => child.name === 'ParamList')
    if (params) this.parameters(params, body, parent)
    const suite = childrenOf(node).find((child) => child.name === 'Body')
    if (suite) this.block(suite, body)
    else {
      const result = childrenOf(node).at(-1)
      if (result && !isToken(result)) body.returns.push(this.expr(result, body))
    }
    return { kind: 'function', body, at: node.from }
  }

  parameters(node: SyntaxNode, body: Scope, parent: Scope): void {
    let index = 0
    for (const group of splitBy(childrenOf(node), (child) => child.name === ',')) {
      const name = group.find((child) => child.name === 'VariableName')
      if (!name) continue
      const text = this.textOf(name)
      const owner = body
      if (!(index === 0 && text === 'self'))
        body.bind(text, { kind: 'parameter', owner, index, at: name.from })
      const equals = group.findIndex((child) => child.name === 'AssignOp')
      const preset = equals >= 0 ? group[equals + 1] : undefined
      if (preset && !isToken(preset)) body.bind(text, this.expr(preset, parent))
      if (text !== 'self') index++
    }
  }

  classDefinition(node: SyntaxNode, scope: Scope): void {
    const inner = new Scope('class', scope)
    for (const child of childrenOf(node)) if (child.name === 'Body') this.block(child, inner)
  }

  forStatement(node: SyntaxNode, scope: Scope): void {
    this.bindLoop(childrenOf(node), scope)
    for (const child of childrenOf(node)) if (child.name === 'Body') this.block(child, scope)
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

  withStatement(node: SyntaxNode, scope: Scope): void {
    const children = childrenOf(node)
    let value: Expr = NOTHING
    children.forEach((child, i) => {
      if (child.name === 'Body') this.block(child, scope)
      else if (children[i - 1]?.name === 'as') this.bindTarget(child, value, scope)
      else if (!isToken(child)) value = this.expr(child, scope)
    })
  }

  expr(node: SyntaxNode, scope: Scope): Expr {
    const at = node.from
    switch (node.name) {
      case 'VariableName':
        return { kind: 'name', name: this.textOf(node), scope, at }
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
        return this.func(node, scope)
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
    const callee = target ? this.expr(target, scope) : NOTHING
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
    return this.builder.call(callee, args, scope, node.from, keywords)
  }

  /** `a.b`, `a[b]`, `a[::-1]`. */
  member(node: SyntaxNode, scope: Scope): Expr {
    const children = childrenOf(node)
    const [target] = children
    const at = node.from
    const name = children.find((child) => child.name === 'PropertyName')
    if (name) {
      const property = this.textOf(name)
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
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  return children
}

/** Keywords, operators and punctuation. */
function isToken(node: SyntaxNode): boolean {
  return (
    PUNCTUATION.has(node.name) ||
    /^[a-z]+$|Op$|^\*{1,2}$|^TypeDef$|^FormatSpec$|^FormatConversion$/.test(node.name)
  )
}

function splitBy<T>(items: readonly T[], separator: T | ((item: T) => boolean)): T[][] {
  const isSeparator =
    typeof separator === 'function' ? (separator as (item: T) => boolean) : (item: T) => item === separator
  const groups: T[][] = [[]]
  for (const item of items) {
    if (isSeparator(item)) groups.push([])
    else groups.at(-1)?.push(item)
  }
  return groups
}

function itemOf(value: Expr): Expr {
  return { kind: 'mix', op: 'item', parts: [value], at: value.at }
}

function nearestFunction(scope: Scope): Scope {
  let at = scope
  while (at.kind !== 'function' && at.parent) at = at.parent
  return at
}
