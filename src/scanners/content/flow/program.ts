// One small form for the expressions of JavaScript and Python: what values are made of, and which calls are made with them.

interface At {
  /** Index into the source text. */
  readonly at: number
}

export interface TextExpr extends At {
  readonly kind: 'text'
  readonly value: string
  /** Letters are spelled in escapes (`\\x6f\\x73`), which nobody does by hand. */
  readonly escaped?: boolean
}
export interface NumberExpr extends At {
  readonly kind: 'number'
  readonly value: number
}
export interface NameExpr extends At {
  readonly kind: 'name'
  readonly name: string
  readonly scope: Scope
}
export interface MemberExpr extends At {
  readonly kind: 'member'
  readonly of: Expr
  /** A text for `a.b` and `a['b']`. */
  readonly property: Expr
}
export interface CallExpr extends At {
  readonly kind: 'call'
  readonly callee: Expr
  readonly args: readonly Expr[]
  /** Python's keyword arguments; their values are also among `args`. */
  readonly keywords?: ReadonlyMap<string, Expr>
  readonly scope: Scope
}
/** Anything that combines values: an operator, a conditional, an awaited or converted value. */
export interface MixExpr extends At {
  readonly kind: 'mix'
  readonly op: string
  readonly parts: readonly Expr[]
}
export interface ListExpr extends At {
  readonly kind: 'list'
  readonly items: readonly Expr[]
}
export interface RecordExpr extends At {
  readonly kind: 'record'
  readonly entries: readonly (readonly [key: string | undefined, value: Expr])[]
}
export interface FunctionExpr extends At {
  readonly kind: 'function'
  readonly body: Scope
}
/** Parameter of a function: whatever its callers pass. */
export interface ParameterExpr extends At {
  readonly kind: 'parameter'
  readonly owner: Scope
  readonly index: number
}

export type Expr =
  | TextExpr
  | NumberExpr
  | NameExpr
  | MemberExpr
  | CallExpr
  | MixExpr
  | ListExpr
  | RecordExpr
  | FunctionExpr
  | ParameterExpr

export const NOTHING: Expr = Object.freeze({ kind: 'mix', op: 'nothing', parts: [], at: 0 })

/** Values kept of one name: enough for honest code, and a bound for generated code. */
const MAX_VALUES = 64

/** A function, class or module with the names it binds. Blocks are not told apart. */
export class Scope {
  readonly parent: Scope | undefined
  readonly kind: 'module' | 'function' | 'class'
  readonly returns: Expr[] = []
  /** Calls that call this function by name. */
  readonly callers: CallExpr[] = []
  /** The call that got this function as an argument. */
  passedTo: CallExpr | undefined
  readonly #values = new Map<string, Expr[]>()

  constructor(kind: Scope['kind'], parent?: Scope) {
    this.kind = kind
    this.parent = parent
  }

  bind(name: string, value: Expr): void {
    const values = this.#values.get(name)
    if (!values) this.#values.set(name, [value])
    else if (values.length < MAX_VALUES) values.push(value)
  }

  /** Binds in the scope that already knows the name, or here. */
  assign(name: string, value: Expr): void {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      if (!scope.#values.has(name)) continue
      scope.bind(name, value)
      return
    }
    this.root().bind(name, value)
  }

  /** All values ever bound to the name where it is visible; empty for a global. */
  valuesOf(name: string): readonly Expr[] {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const values = scope.#values.get(name)
      if (values) return values
    }
    return []
  }

  /** The scope in which attributes of `this` or `self` live. */
  ownerOfSelf(): Scope {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent)
      if (scope.kind === 'class') return scope
    return this.root()
  }

  /** Whether code here runs when the module is loaded, as far as nesting tells. */
  isTopLevel(): boolean {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent)
      if (scope.kind === 'function') return false
    return true
  }

  root(): Scope {
    let scope: Scope = this
    while (scope.parent) scope = scope.parent
    return scope
  }
}

/** A source file in this form. */
export interface Program {
  readonly language: 'javascript' | 'python'
  readonly source: string
  readonly module: Scope
  readonly calls: readonly CallExpr[]
  readonly texts: readonly TextExpr[]
}

const ESCAPED_LETTERS = /(?:\\(?:x[46][1-9a-f]|x[57][0-9a]|u00[46][1-9a-f]|u00[57][0-9a]|1[0-7]{2})){2}/i

/** Collects calls and texts while a front end converts a syntax tree. */
export class ProgramBuilder {
  readonly module = new Scope('module')
  readonly calls: CallExpr[] = []
  readonly texts: TextExpr[] = []

  /** `spelling` is the literal as it stands in the source. */
  text(value: string, at: number, spelling = ''): Expr {
    const text: TextExpr = {
      kind: 'text',
      value,
      at,
      ...(ESCAPED_LETTERS.test(spelling) && { escaped: true }),
    }
    this.texts.push(text)
    return text
  }

  call(
    callee: Expr,
    args: readonly Expr[],
    scope: Scope,
    at: number,
    keywords?: ReadonlyMap<string, Expr>,
  ): CallExpr {
    const call: CallExpr = { kind: 'call', callee, args, scope, at, ...(keywords && { keywords }) }
    this.calls.push(call)
    for (const arg of args) if (arg.kind === 'function') arg.body.passedTo ??= call
    return call
  }

  /** Tells every function of the file who calls it, once all names are bound. */
  finish(language: Program['language'], source: string): Program {
    for (const call of this.calls) {
      const { callee } = call
      if (callee.kind === 'function') callee.body.callers.push(call)
      if (callee.kind === 'name')
        for (const value of callee.scope.valuesOf(callee.name))
          if (value.kind === 'function') value.body.callers.push(call)
      for (const arg of call.args) passByName(arg, call)
    }
    return { language, source, module: this.module, calls: this.calls, texts: this.texts }
  }
}

/** `fetch(url).then(run)` and `Thread(target=run)` call `run`. */
function passByName(arg: Expr, call: CallExpr): void {
  if (arg.kind !== 'name') return
  for (const value of arg.scope.valuesOf(arg.name))
    if (value.kind === 'function') value.body.passedTo ??= call
}
