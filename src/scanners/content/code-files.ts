// Lists the code of a package once for all scanners: its files by language, and the hook scripts that are no files.
import type { Reach } from '../../model/finding.ts'
import type { InstallHook, PackageContents, PackageEntry } from '../../model/package-contents.ts'
import { inlineCode } from './inline-code.ts'
import {
  guessLanguage,
  type Language,
  languageOfContent,
  languageOfInterpreter,
  languageOfPath,
} from './language.ts'
import { reachesOf } from './reach.ts'
import { type EntryText, looseText, textOf } from './text.ts'

export interface CodeFile {
  /** Path in the package, or the hook's name for a hook script that is no file. */
  readonly path: string
  readonly language: Language
  readonly text: EntryText
  /** The hook whose own script this is. */
  readonly hook?: InstallHook
  /** A program given on the command line of a hook. */
  readonly isInline?: boolean
  /** Not all of the content could be kept: head and tail only. */
  readonly partial: boolean
  /** When it runs, imports followed; worked out at the first question. */
  reach(): Reach
}

const lists = new WeakMap<PackageContents, readonly CodeFile[]>()

/** All files with content, whatever their language (`other` for data), then the scripts of hooks. */
export function codeFilesOf(contents: PackageContents): readonly CodeFile[] {
  let list = lists.get(contents)
  if (!list) {
    const files = contents.entries.flatMap((entry) => fileOf(contents, entry) ?? [])
    list = [...files, ...hookScripts(contents)]
    lists.set(contents, list)
  }
  return list
}

/** Bytes of files in a language that can run: the measure of a tiny package. */
export function codeBytes(contents: PackageContents): number {
  let sum = codeSizes.get(contents)
  if (sum === undefined) {
    sum = codeFilesOf(contents)
      .filter((file) => file.language !== 'other' && file.language !== 'html')
      .reduce((total, file) => total + file.text.sizeBytes, 0)
    codeSizes.set(contents, sum)
  }
  return sum
}

const codeSizes = new WeakMap<PackageContents, number>()

function fileOf(contents: PackageContents, entry: PackageEntry): CodeFile | undefined {
  if (entry.type !== 'file') return undefined
  const text = textOf(entry)
  if (!text || text.sizeBytes === 0) return undefined
  const language = languageOf(contents, entry, text)
  return {
    path: entry.path,
    language,
    text: language === 'shell' ? text.asShell() : text,
    partial: entry.content === undefined,
    reach: () => reachesOf(contents).get(entry.path) ?? 'any',
  }
}

function languageOf(contents: PackageContents, entry: PackageEntry, text: EntryText): Language {
  const known = languageOfPath(entry.path) ?? languageOfContent(text.bytes)
  if (known) return known
  const runs = hookedPaths(contents).has(entry.path)
  if (!runs && !contents.entryPoints.includes(entry.path)) return 'other'
  return guessLanguage(Buffer.from(text.bytes.subarray(0, 4096)).toString('latin1'))
}

/** A hook whose text is also a file of the package (setup.py) is that file, not a second one. */
function hookScripts(contents: PackageContents): CodeFile[] {
  const paths = new Set(contents.entries.map((entry) => entry.path))
  return contents.hooks
    .filter((hook) => hook.script !== '' && !paths.has(hook.name))
    .flatMap((hook) => {
      const language = hookLanguage(contents, hook)
      const text = looseText(Buffer.from(hook.script), language === 'shell')
      const whole: CodeFile = {
        path: hook.name,
        language,
        text,
        hook,
        partial: false,
        reach: () => 'install',
      }
      const inline = language === 'shell' ? inlineCode(hook.script) : []
      return [
        whole,
        ...inline.map(
          (part): CodeFile => ({
            ...whole,
            language: part.language,
            text: looseText(Buffer.from(part.text)),
            isInline: true,
          }),
        ),
      ]
    })
}

/** An npm lifecycle entry is a shell command line whatever it starts. */
function hookLanguage(contents: PackageContents, hook: InstallHook): Language {
  return contents.type === 'npm' && hook.name !== 'binding.gyp'
    ? 'shell'
    : languageOfInterpreter(hook.interpreter)
}

/** Files that hooks run or load; worked out once. */
export function hookedPaths(contents: PackageContents): ReadonlySet<string> {
  let paths = hooked.get(contents)
  if (!paths) {
    paths = new Set(contents.hooks.flatMap((hook) => hook.reaches))
    hooked.set(contents, paths)
  }
  return paths
}

const hooked = new WeakMap<PackageContents, ReadonlySet<string>>()

/** Shell that a hook is or starts; read by the script layer, all other files by the content rules. */
export function isInstallScript(file: CodeFile, reached: ReadonlySet<string>): boolean {
  const isCommandText = /^(?:shell|powershell|batch)$/.test(file.language)
  return isCommandText && ((file.hook !== undefined && !file.isInline) || reached.has(file.path))
}
