// The examiners of a gateway or of a scan: the pool and the configured tools, from their slices of the configuration.
import { codeCacheFolder } from './config/code-cache.mjs'
import type { Config } from './config/config.ts'
import { ownUser, readEnvironment } from './config/environment.ts'
import type { ExaminerPool } from './scanners/examination.ts'
import { openTools } from './scanners/external/all.ts'
import { joinTools } from './scanners/external/join.ts'
import { createExaminerPool } from './scanners/pool.ts'

/** The pool of examiners joined with the configured tools; `readable` holds the artifacts. */
export async function createExaminers(
  config: Config,
  readable: readonly string[],
  size: Pick<Parameters<typeof createExaminerPool>[0], 'processes' | 'spares' | 'warm'> = {},
): Promise<ExaminerPool> {
  const registry = config.tools['npm-audit'].address
  const tools = await openTools(config.tools, registry === undefined ? {} : { npmAuditRegistry: registry })
  const cacheFolder = codeCacheFolder(readEnvironment(), ownUser())
  const options = { ...poolOptions(config), readable, ...size }
  return joinTools(
    await createExaminerPool(cacheFolder === undefined ? options : { ...options, cacheFolder }),
    tools,
  )
}

/** Examiner settings, but for what they may read. */
function poolOptions({
  rules,
  pools,
  limits,
}: Config): Omit<Parameters<typeof createExaminerPool>[0], 'readable'> {
  return {
    ruleFolders: rules,
    processes: pools.examiners,
    deadlineMs: limits.examinationMs,
    memoryMegabytes: Math.ceil(limits.examinerMemoryBytes / (1024 * 1024)),
    maxWaiting: { client: pools.examinationQueue, background: pools.examinationQueue },
  }
}
