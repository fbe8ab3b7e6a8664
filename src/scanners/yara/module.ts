// The YARA-X module, which is installed only where an operator has YARA rules: the part of it that is used, and how it is found.
import { createRequire } from 'node:module'

export interface YaraMatch {
  readonly ruleIdentifier: string
  readonly meta: Readonly<Record<string, unknown>>
  readonly matches: readonly { readonly offset: number }[]
}

export interface YaraModule {
  readonly version: string
  compile(source: string, options: { readonly enableIncludes: boolean }): CompiledYara
}

export interface CompiledYara {
  scan(bytes: Buffer): readonly YaraMatch[]
}

export const YARA_MODULE = '@litko/yara-x'

/** Throws when it is not installed, or not for this platform. */
export function loadYaraModule(): YaraModule {
  const require = createRequire(import.meta.url)
  const { version } = require('@litko/yara-x/package.json') as { version: string }
  const { compile } = require('@litko/yara-x') as Pick<YaraModule, 'compile'>
  return { version, compile }
}
