// The command line of an examiner: what the kernel and Node's permission model take away from it before it sees hostile bytes.
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { PoolIsolation } from '../examination.ts'

const run = promisify(execFile)
const PROBE_TIMEOUT_MS = 5000
const MIB = 1024 * 1024
/** Address space that V8 reserves at start and never uses (cages of its heaps): 5.4 GiB measured on Node 24. */
const RESERVED_MEGABYTES = 5632

const PRIVILEGES = ['--no-new-privs', '--pdeathsig=KILL']
/** Only root, of a user namespace too, has a bounding set to empty. */
const BOUNDING_SETS = [['--bounding-set=-all', '--inh-caps=-all'], []] as const

export interface ExaminerCommand {
  readonly nodePath: string
  readonly entry: string
  /** Directories and files the child may read; it may write none. */
  readonly readable: readonly string[]
  /** Modules of ours that node reads before the entry. */
  readonly preload: readonly string[]
  readonly arguments: readonly string[]
  readonly heapMegabytes: number
}

export interface Isolation extends PoolIsolation {
  /** Programs that run before node and replace themselves with it (same process id). */
  readonly wrapper: readonly string[]
}

/**
 * Tries once what this platform allows; what is missing is told in `notes`, never silently. All limits together are tried first, with one
 * start of node; only where that fails are they tried one by one.
 */
export async function probeIsolation(nodePath: string, memoryMegabytes: number): Promise<Isolation> {
  const notes: string[] = []
  const network = await networkWrapper(notes)
  const [prlimit, setpriv] = [await findProgram('prlimit'), await findProgram('setpriv')]
  if (network.length > 0 && prlimit !== undefined && setpriv !== undefined) {
    const last = [setpriv, ...PRIVILEGES, ...BOUNDING_SETS[0], '--']
    const wrapper = [...limitsOf(prlimit, memoryMegabytes), ...network, ...last]
    if (await works([...wrapper, nodePath, '--eval', '0']))
      return { wrapper, networkIsolated: true, addressSpaceLimited: true, notes }
  }
  const limits = await limitWrapper(nodePath, memoryMegabytes, notes)
  const privileges = await privilegeWrapper(nodePath, notes)
  return {
    wrapper: [...limits, ...network, ...privileges],
    networkIsolated: network.length > 0,
    addressSpaceLimited: limits.length > 0,
    notes,
  }
}

/** `unshare -n` as root or with CAP_SYS_ADMIN, `unshare -rn` where unprivileged user namespaces are allowed. */
async function networkWrapper(notes: string[]): Promise<readonly string[]> {
  const unshare = await findProgram('unshare')
  if (unshare === undefined) {
    notes.push('no network isolation: the program unshare is not installed')
    return []
  }
  for (const flags of [['-n'], ['-r', '-n']]) {
    const wrapper = [unshare, ...flags, '--']
    if (await works([...wrapper, unshare, '--version'])) return wrapper
  }
  notes.push('no network isolation: this platform allows no network namespace (unshare -n and -rn fail)')
  return []
}

/** `--as` bounds Buffers and native memory too, which a heap limit does not; `--fsize=0` forbids the kernel to let the process write any regular file, whatever native code asks for. */
async function limitWrapper(
  nodePath: string,
  memoryMegabytes: number,
  notes: string[],
): Promise<readonly string[]> {
  const prlimit = await findProgram('prlimit')
  if (prlimit === undefined) {
    notes.push('memory outside the JavaScript heap is not limited: the program prlimit is not installed')
    return []
  }
  const wrapper = limitsOf(prlimit, memoryMegabytes)
  if (await works([...wrapper, nodePath, '--eval', '0'])) return wrapper
  notes.push(
    'memory outside the JavaScript heap is not limited: node does not start under prlimit on this platform',
  )
  return []
}

function limitsOf(prlimit: string, memoryMegabytes: number): readonly string[] {
  const addressSpace = (RESERVED_MEGABYTES + memoryMegabytes) * MIB
  return [prlimit, `--as=${addressSpace}`, '--fsize=0', '--core=0', '--nofile=256', '--']
}

/** No privilege to win back, no capability even for root, and an end when the gateway ends, however that happens. */
async function privilegeWrapper(nodePath: string, notes: string[]): Promise<readonly string[]> {
  const setpriv = await findProgram('setpriv')
  if (setpriv === undefined) {
    notes.push('privileges are not dropped: the program setpriv is not installed')
    return []
  }
  for (const flags of BOUNDING_SETS) {
    const wrapper = [setpriv, ...PRIVILEGES, ...flags, '--']
    if (await works([...wrapper, nodePath, '--eval', '0'])) return wrapper
  }
  notes.push('privileges are not dropped: setpriv fails on this platform')
  return []
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    const path = `${directory}/${name}`
    try {
      await access(path, constants.X_OK)
      return path
    } catch {
      // Not there: the next place.
    }
  }
  return undefined
}

async function works([program = '', ...args]: readonly string[]): Promise<boolean> {
  try {
    await run(program, args, { timeout: PROBE_TIMEOUT_MS, env: {} })
    return true
  } catch {
    return false
  }
}

/**
 * Program and arguments of one examiner. Reads are limited to `readable`; writing, starting processes, worker threads and the
 * inspector stay forbidden. `--allow-addons` is there only because the decoders of xz and lzma are native code.
 */
export function examinerCommand(command: ExaminerCommand, wrapper: readonly string[]): readonly string[] {
  return [
    ...wrapper,
    command.nodePath,
    '--permission',
    '--allow-addons',
    ...command.readable.map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${command.heapMegabytes}`,
    // Megabytes. V8 would let the space for new objects grow to several times as much, which costs memory and saves no time here.
    '--max-semi-space-size=8',
    // WebAssembly (the Python and shell parsers) would reserve gigabytes of address space for its guard pages.
    '--disable-wasm-trap-handler',
    '--no-warnings',
    ...command.preload.map((url) => `--import=${url}`),
    command.entry,
    ...command.arguments,
  ]
}
