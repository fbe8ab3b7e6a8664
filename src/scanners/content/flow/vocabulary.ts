// What a language calls its dangerous things: the one table that differs between JavaScript and Python.
import type { CallExpr } from './program.ts'

/** Paths are as `pathOf` spells them: `child_process.exec`, `requests.post`, `net.connect().write`. */
export interface Vocabulary {
  /** Tags of a value by its path, e.g. `process.env`. */
  ofPath(path: string): number
  /** Tags that a call adds to its result by the path of the callee. */
  ofCall(path: string, call: CallExpr): number
  /** Calls whose result says nothing of their arguments: hashes, lengths, tests, file reads, processes. */
  seals(path: string): boolean
  /** Calls that pass the whole environment on: serialisers and copies. */
  passesEnvironment(path: string): boolean
  isNetwork(path: string): boolean
  isNameLookup(path: string): boolean
  /** Evaluates text or bytes as code. */
  isExecution(path: string): boolean
  /** Starts a process. */
  isProcess(path: string): boolean
  /** Writes the file named by the first argument, or by the receiver. */
  isWrite(path: string): boolean
  isRead(path: string): boolean
  isDelete(path: string): boolean
  /** Modules and functions that nobody has an honest reason to spell in code numbers. */
  isDangerous(path: string): boolean
}
