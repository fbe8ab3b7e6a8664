// Which `__main__.py` runs only when its user asks for it: loading the package does not load it, unless the package itself sees to that.
import type { PackageContents } from '../../model/package-contents.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'

const MAIN = /(?:^|\/)__main__\.py$/
// The guard that every program has, and a script entry `package.__main__:main`, which its user starts as well.
const HARMLESS =
  /__name__\s{0,4}==\s{0,4}["']__main__["']|["']__main__["']\s{0,4}==\s{0,4}__name__|__main__:\w/g
/** Ways to load or start a module by a name that need not be spelled out; the module's own name is one of them. */
const STARTS =
  /__main__|__import__|\brunpy\b|\bimport_module\b|\bexec_module\b|\bspec_from_file_location\b|\bSourceFileLoader\b|\bsys\.executable\b|(?:^|["'\s])-m["'\s]/m

/** False where any other Python of the package might run it: then it is judged like what is loaded. */
export function isUsersProgram(file: CodeFile, contents: PackageContents): boolean {
  return MAIN.test(file.path) && !codeFilesOf(contents).some((other) => other !== file && mayStart(other))
}

function mayStart({ language, partial, text }: CodeFile): boolean {
  return language === 'python' && (partial || STARTS.test(text.raw.replace(HARMLESS, '')))
}
