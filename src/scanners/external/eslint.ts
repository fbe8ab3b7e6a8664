// ESLint with eslint-plugin-security, both as the operator installed them; the artifact's own settings and comments do not count.
import { realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Finding } from '../../model/finding.ts'
import { type CommandTool, incomplete, recordsOf, textOf } from './command-tool.ts'

const CODE = /\.(?:js|cjs|mjs)$/
const RULES = {
  'security/detect-child-process': 'error',
  'security/detect-eval-with-expression': 'error',
  'security/detect-non-literal-fs-filename': 'warn',
  'security/detect-non-literal-regexp': 'warn',
  'security/detect-non-literal-require': 'warn',
  'security/detect-bidi-characters': 'error',
}

/** `program` is ESLint's own start file; the plugin is looked for beside it. */
export function eslint(program: string): CommandTool {
  return {
    id: 'eslint',
    version: 1,
    layer: 'code',
    formats: ['npm-tgz'],
    looksAt: 'copies',
    timeoutMs: 120_000,
    doneWith: [0, 1],
    versionArgs: ['--version'],
    async command({ directory, files, paths }) {
      if (!paths.some((path) => CODE.test(path))) return { skipped: 'the package holds no JavaScript file' }
      const config = join(directory, 'eslint.config.mjs')
      await writeFile(config, await configuration(program))
      return ['--no-config-lookup', '--config', config, '--format', 'json', '--no-warn-ignored', files]
    },
    parse({ stdout }, { originalOf, paths }) {
      const results = parseArray(stdout)
      if (results.length === 0) throw incomplete('eslint', 'looked at no file')
      const fatal = results.filter(isFatal).length
      if (fatal === results.length) throw incomplete('eslint', 'could not parse a single file')
      const typescript = paths.filter((path) => /(?<!\.d)\.[cm]?tsx?$/.test(path)).length
      return [...results.flatMap((result) => findingsOf(result, originalOf)), ...notCovered(typescript)]
    },
  }
}

/** Written beside the copies and never taken from them; file and inline settings of the artifact are off. */
async function configuration(program: string): Promise<string> {
  const modules = (await realpath(program)).replace(/\/node_modules\/eslint\/.*$/, '/node_modules/')
  const plugin = pathToFileURL(join(modules, 'eslint-plugin-security/index.js')).href
  return [
    `import security from ${JSON.stringify(plugin)}`,
    `export default [{ files: ['**/*.js', '**/*.cjs', '**/*.mjs'],`,
    `  linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },`,
    `  plugins: { security }, rules: ${JSON.stringify(RULES)} },`,
    `  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } }]`,
    '',
  ].join('\n')
}

function parseArray(stdout: string): readonly Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(stdout)
    if (Array.isArray(value)) return recordsOf(value)
  } catch {
    // Told below.
  }
  throw incomplete('eslint', `said something that is no list of results: ${stdout.slice(0, 100)}`)
}

function isFatal(result: Record<string, unknown>): boolean {
  return recordsOf(result['messages']).some((message) => message['fatal'] === true)
}

function findingsOf(result: Record<string, unknown>, originalOf: (path: string) => string): Finding[] {
  const file = originalOf(textOf(result['filePath']))
  return recordsOf(result['messages']).map((message) => {
    const fatal = message['fatal'] === true
    const line = message['line']
    return {
      rule: fatal ? 'eslint-not-analysed' : `eslint-${textOf(message['ruleId']).replace('/', '-')}`,
      layer: 'code',
      // Both are what ordinary tools do too; alone they tell where to look.
      severity: fatal || message['severity'] !== 2 ? 'low' : 'medium',
      title: `ESLint: ${textOf(message['message'])}`,
      file,
      ...(typeof line === 'number' ? { line } : {}),
    }
  })
}

function notCovered(files: number): Finding[] {
  if (files === 0) return []
  return [
    {
      rule: 'eslint-not-covered',
      layer: 'code',
      severity: 'info',
      title: `${files} TypeScript files were not looked at by ESLint`,
    },
  ]
}
