// Joins the files of a package by what they load of one another, so that values are followed from one into the next.
import { connect } from './connect.ts'
import type { CallExpr, ExportTable, Expr, ModuleExports, ModuleLoad, Program } from './program.ts'

/** Path of the file that a load in `path` names, or undefined for other packages. */
export type FindFile = (path: string, name: string) => string | undefined

/** Sets what every load gives, then connects calls to the functions they reach. To be done before anything is judged. */
export function joinPrograms(programs: ReadonlyMap<string, Program>, findFile: FindFile): void {
  for (const [path, program] of programs)
    for (const load of program.loads) {
      if (program.language === 'python') joinPython(path, program, load, programs, findFile)
      else joinScript(path, program, load, programs, findFile)
    }
  for (const program of programs.values()) connect(program)
}

function joinScript(
  path: string,
  program: Program,
  { call, name }: ModuleLoad,
  programs: ReadonlyMap<string, Program>,
  findFile: FindFile,
): void {
  const target = programs.get(findFile(path, name) ?? '')
  if (!target || target === program || target.language !== 'javascript') return
  program.joined.add(target)
  call.module = new ScriptExports(target.exports)
}

class ScriptExports implements ModuleExports {
  readonly #table: ExportTable
  #isAsked = false

  constructor(table: ExportTable) {
    this.#table = table
  }

  get whole(): readonly Expr[] {
    return this.#table.whole
  }

  named(name: string): readonly Expr[] {
    // Modules may pass on one another's names in a circle.
    if (this.#isAsked) return []
    this.#isAsked = true
    const { named, whole, passedOn } = this.#table
    const own = named.get(name) ?? []
    const others = passedOn.flatMap(({ module }) => module?.named(name) ?? [])
    this.#isAsked = false
    if (own.length > 0) return own
    if (name === 'default') return whole
    return others.length > 0 ? others : whole.flatMap((value) => memberOf(value, name))
  }
}

function memberOf(of: Expr, name: string): Expr[] {
  return of.kind === 'function' ? [] : [{ kind: 'member', of, property: textOf(name, of), at: of.at }]
}

/** `from .net import pull` gives one name, `from .net import *` all, `from . import net` a module. */
function joinPython(
  path: string,
  program: Program,
  { call, name, part }: ModuleLoad,
  programs: ReadonlyMap<string, Program>,
  findFile: FindFile,
): void {
  const inside =
    part === undefined || part === '*' ? undefined : `${name}${/\.$/.test(name) ? '' : '.'}${part}`
  const submodule = inside === undefined ? undefined : programs.get(findFile(path, inside) ?? '')
  const target = programs.get(findFile(path, name) ?? '')
  for (const each of [submodule, target]) if (each && each !== program) program.joined.add(each)
  if (submodule && submodule !== program) call.module = pythonExports(submodule)
  else if (target && target !== program) {
    if (part === '*') bindAll(call, target)
    else
      call.module =
        part === undefined ? pythonExports(target) : { named: () => [], whole: target.module.valuesOf(part) }
  }
}

function pythonExports({ module }: Program): ModuleExports {
  return { named: (name) => module.valuesOf(name), whole: [] }
}

function bindAll(call: CallExpr, { module }: Program): void {
  for (const name of module.names()) {
    if (name.startsWith('_') || name.startsWith('this.')) continue
    for (const value of module.valuesOf(name)) call.scope.bind(name, value)
  }
}

function textOf(value: string, { at }: Expr): Expr {
  return { kind: 'text', value, at }
}
