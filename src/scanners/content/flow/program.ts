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
  /** What loading a module of the same package gives; set when files are joined. */
  module?: ModuleExports
}
/** What a file gives to those who load it. */
export interface ModuleExports {
  /** Values under a name. */
  named(name: string): readonly Expr[]
  /** Values of the module as a whole: `module.exports = value`. */
  readonly whole: readonly Expr[]
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
  /** A class is the record of its methods; calling it gives the same. */
  readonly isClass?: boolean
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
  /** A guard is the body of Python's `if __name__ == '__main__'`: its names are those of the module around it. */
  readonly kind: 'module' | 'function' | 'class' | 'guard'
  /** Set for functions that Python calls by itself once their class or module is there. */
  isCalledByItself = false
  /** Set for a module that only runs as a program, `python -m package`: nothing loads it. */
  isProgram = false
  /** What a function is decorated with. */
  readonly decorators: Expr[] = []
  readonly returns: Expr[] = []
  /** Calls that call this function by name. */
  readonly callers: CallExpr[] = []
  /** The call that got this function as an argument. */
  passedTo: CallExpr | undefined
  /** Calls of this function's own parameters, by index: what it hands to the functions it is given. */
  readonly calledBack = new Map<number, CallExpr[]>()
  readonly #values = new Map<string, Expr[]>()

  constructor(kind: Scope['kind'], parent?: Scope) {
    this.kind = kind
    this.parent = parent
  }

  bind(name: string, value: Expr): void {
    if (this.kind === 'guard' && this.parent) {
      this.parent.bind(name, value)
      return
    }
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

  /** Functions bound here, by name: the methods of a class. */
  functions(): (readonly [string, Expr])[] {
    return [...this.#values].flatMap(([name, values]) =>
      name.startsWith('this.')
        ? []
        : values.flatMap((value): (readonly [string, Expr])[] =>
            value.kind === 'function' ? [[name, value]] : [],
          ),
    )
  }

  /** Names bound in this very scope. */
  names(): string[] {
    return [...this.#values.keys()]
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
      if (scope.kind === 'function' || scope.kind === 'guard') return false
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
  /** Loads of modules by a name that stands in the code. */
  readonly loads: readonly ModuleLoad[]
  readonly exports: ExportTable
  /** Files of the same package that this one loads; set when files are joined. */
  readonly joined: Set<Program>
}

export interface ModuleLoad {
  readonly call: CallExpr
  /** As written: `./net`, `.net`, `os`. */
  readonly name: string
  /** `from name import part`; `*` for everything. */
  readonly part?: string
}

/** What a file exports, collected while it is converted. */
export class ExportTable {
  readonly named = new Map<string, Expr[]>()
  readonly whole: Expr[] = []
  /** `export * from './other'`. */
  readonly passedOn: CallExpr[] = []

  add(name: string, value: Expr): void {
    const values = this.named.get(name)
    if (!values) this.named.set(name, [value])
    else if (values.length < MAX_VALUES) values.push(value)
  }
}

const ESCAPED_LETTERS = /(?:\\(?:x[46][1-9a-f]|x[57][0-9a]|u00[46][1-9a-f]|u00[57][0-9a]|1[0-7]{2})){2}/i

const ADDS = /^(?:push|unshift|append|extend)$/

/** `list.push(value)` makes the value part of the list. */
function addTo({ of, property }: MemberExpr, args: readonly Expr[], at: number): void {
  if (of.kind !== 'name' || property.kind !== 'text' || !ADDS.test(property.value)) return
  if (of.scope.valuesOf(of.name).length === 0) return
  of.scope.assign(of.name, { kind: 'mix', op: 'part', parts: args, at })
}

/** Collects calls and texts while a front end converts a syntax tree. */
export class ProgramBuilder {
  readonly module = new Scope('module')
  readonly calls: CallExpr[] = []
  readonly texts: TextExpr[] = []
  readonly loads: ModuleLoad[] = []
  readonly exports = new ExportTable()

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
    if (callee.kind === 'member') addTo(callee, args, at)
    return call
  }

  /** A load of a module under a name that stands in the code, and the part of it that is bound: `*` for all. */
  load(name: string, call: CallExpr, part?: string): void {
    this.loads.push({ call, name, ...(part !== undefined && { part }) })
  }

  finish(language: Program['language'], source: string): Program {
    const { module, calls, texts, loads, exports } = this
    return { language, source, module, calls, texts, loads, exports, joined: new Set() }
  }
}
