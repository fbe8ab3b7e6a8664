// Path globs of rules: `*` within a part, `**` across parts, `{a,b}` alternatives, `@python` for a language; case ignored.

/** Groups that a rule may name instead of single languages. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  script: ['javascript', 'typescript'],
  shell: ['shell'],
  windows: ['powershell', 'batch'],
  code: ['javascript', 'typescript', 'python', 'shell', 'powershell', 'batch', 'perl', 'ruby', 'php', 'lua'],
}

export interface FileChoice {
  /** Whether no file of the language can be chosen, whatever its path. */
  excludes(language: string): boolean
  includes(path: string, language?: string): boolean
}

/** One choice for many globs. A glob with `!` in front takes paths away again. */
export function compileGlobs(globs: readonly string[]): FileChoice {
  const languages = new Set(
    globs.filter((glob) => glob.startsWith('@')).flatMap((glob) => GROUPS[glob.slice(1)] ?? [glob.slice(1)]),
  )
  const wanted = globs.filter((glob) => !/^[!@]/.test(glob)).map(globToRegExp)
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => globToRegExp(glob.slice(1)))
  return {
    excludes: (language) => wanted.length === 0 && !languages.has(language),
    includes: (path, language) =>
      ((language !== undefined && languages.has(language)) || wanted.some((glob) => glob.test(path))) &&
      !unwanted.some((glob) => glob.test(path)),
  }
}

function globToRegExp(glob: string): RegExp {
  let source = ''
  for (let i = 0; i < glob.length; i++) {
    if (glob.startsWith('**/', i)) {
      source += '(?:.*/)?'
      i += 2
    } else if (glob.startsWith('**', i)) {
      source += '.*'
      i += 1
    } else source += ofCharacter(glob[i] as string)
  }
  return new RegExp(`^${source}$`, 'is')
}

function ofCharacter(c: string): string {
  const special: Readonly<Record<string, string>> = {
    '*': '[^/]*',
    '?': '[^/]',
    '{': '(?:',
    '}': ')',
    ',': '|',
  }
  return special[c] ?? c.replace(/[.+^$()|[\]\\]/, '\\$&')
}
