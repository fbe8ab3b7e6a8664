// Types of code-cache.mjs.
import type { Environment } from './environment.ts'

export declare function codeCacheFolder(environment: Environment, uid: number | undefined): string | undefined
