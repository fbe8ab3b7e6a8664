// What runs when an installer builds an sdist: setup.py, an in-tree backend, and the build scripts that backends call.
import { parse, type TomlTable } from 'smol-toml'
import type { HazardLog } from '../../archive/hazards.ts'
import type { Dependency, InstallHook } from '../../model/package-contents.ts'
import { requirement } from './core-metadata.ts'
import { pythonReach, type SourceTree } from './python-reach.ts'

// Scripts that a backend runs when they lie there, each by the backend's own documentation.
const DEFAULT_SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/^hatchling/, 'hatch_build.py'],
  [/^pdm/, 'pdm_build.py'],
]
const NATIVE_BUILDS: readonly (readonly [RegExp, string, string])[] = [
  [/^scikit_build|^skbuild|^py_build_cmake/, 'CMakeLists.txt', 'cmake'],
  [/^mesonpy/, 'meson.build', 'meson'],
  [/^maturin/, 'build.rs', 'rust'],
]
const ROOTS = ['', 'src/']

export interface BuildSystem {
  readonly backend: string
  /** In-tree folders that come first on the import path, each ending with `/`. */
  readonly paths: readonly string[]
  readonly requires: readonly string[]
  readonly pyproject: TomlTable
}

/** `[build-system]` of pyproject.toml; what is left out means setuptools (PEP 517, PEP 518). */
export function readBuildSystem(tree: SourceTree, hazards: HazardLog): BuildSystem {
  const pyproject = parseToml(tree.text('pyproject.toml'), hazards)
  const system = tableOf(pyproject['build-system'])
  const backend = system['build-backend']
  return {
    backend: typeof backend === 'string' ? backend : 'setuptools.build_meta:__legacy__',
    paths: stringsOf(system['backend-path']).map((path) =>
      `${path.replace(/^\.?\/+|\/+$|^\.$/g, '')}/`.replace(/^\/$/, ''),
    ),
    requires: stringsOf(system['requires']),
    pyproject,
  }
}

export function buildHooks(system: BuildSystem, tree: SourceTree): InstallHook[] {
  const roots = [...system.paths, ...ROOTS]
  const programs = [
    ...(tree.has('setup.py') ? [['setup.py']] : []),
    tree.modules(moduleOf(system.backend), system.paths),
    ...backendScripts(system, tree).map((path) => [path]),
    ...attributeModules(system, tree),
  ]
  const hooks = programs.flatMap((files) => pythonHook(files, roots, tree) ?? [])
  const native = NATIVE_BUILDS.filter(
    ([backend, path]) => backend.test(system.backend) && tree.has(path),
  ).map(([, path, interpreter]) => ({
    name: path,
    interpreter,
    script: tree.text(path) ?? '',
    reaches: [path],
  }))
  return [...new Map([...hooks, ...native].map((hook) => [hook.name, hook])).values()]
}

export function buildDependencies(system: BuildSystem): Dependency[] {
  return system.requires.flatMap((text) => requirement(text, 'build') ?? [])
}

// A module's packages run before it: the hook is named by the last of its files and reaches all of them.
function pythonHook(
  files: readonly string[],
  roots: readonly string[],
  tree: SourceTree,
): InstallHook | undefined {
  const name = files.at(-1)
  if (name === undefined) return undefined
  return {
    name,
    interpreter: 'python',
    script: tree.text(name) ?? '',
    reaches: pythonReach(files, tree, roots),
  }
}

/** `module.sub` of `module.sub:object`. */
function moduleOf(backend: string): string {
  return backend.split(':')[0] ?? ''
}

function backendScripts({ backend, pyproject }: BuildSystem, tree: SourceTree): string[] {
  const tool = tableOf(pyproject['tool'])
  const hatch = tableOf(tool['hatch'])
  const poetry = tableOf(tool['poetry'])
  const named = [
    ...[tableOf(tableOf(hatch['build'])['hooks']), tableOf(tableOf(hatch['metadata'])['hooks'])].map(
      (hooks) => tableOf(hooks['custom'])['path'],
    ),
    tableOf(hatch['version'])['path'],
    typeof poetry['build'] === 'string' ? poetry['build'] : tableOf(poetry['build'])['script'],
    tableOf(tableOf(tool['pdm'])['build'])['custom-hook'],
  ]
  const usual = DEFAULT_SCRIPTS.filter(([pattern]) => pattern.test(backend)).map(([, path]) => path)
  return [...named, ...usual].filter((path) => typeof path === 'string').filter((path) => tree.has(path))
}

// setuptools imports a module to read `attr: package.__version__`, and for commands of its own (`cmdclass`).
function attributeModules({ pyproject }: BuildSystem, tree: SourceTree): string[][] {
  const setuptools = tableOf(tableOf(pyproject['tool'])['setuptools'])
  const dynamic = Object.values(tableOf(setuptools['dynamic'])).map((value) => tableOf(value)['attr'])
  const commands = Object.values(tableOf(setuptools['cmdclass']))
  const config = tree.text('setup.cfg') ?? ''
  const configured = [
    ...config.matchAll(/^\s*(?:[\w-]+\s*=\s*attr:\s*|cmdclass\s*=\s*[\w-]*\s*=?\s*)([\w.]+)/gm),
  ]
  const names = [...dynamic, ...commands, ...configured.map(([, name]) => name)].filter(
    (name) => typeof name === 'string',
  )
  return names.map((name) => tree.modules(name, ROOTS))
}

function parseToml(text: string | undefined, hazards: HazardLog): TomlTable {
  if (text === undefined) return {}
  try {
    return parse(text)
  } catch (error) {
    // Installers refuse to build such a project, some older ones fall back to setup.py.
    const reason = error instanceof Error ? error.message.split('\n')[0] : undefined
    hazards.report('sdist-pyproject-invalid', 'high', 'pyproject.toml cannot be read', {
      file: 'pyproject.toml',
      detail: (reason ?? 'not TOML').slice(0, 200),
    })
    return {}
  }
}

function tableOf(value: unknown): TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {}
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
