// Composition root of `scan PURL`: a whole gateway that serves nobody.
import type { Config } from './config/config.ts'
import { type Examined, errorOf } from './examination-run.ts'
import { createGateway, type Gateway } from './gateway.ts'
import type { PurlType } from './model/claim.ts'
import { GatewayError } from './model/errors.ts'
import { silentLog } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'

export interface PurlToExamine {
  readonly type: PurlType
  readonly name: string
  readonly version?: string
}

/** Examines what a configured repository promises under a package URL, through the same door that clients use. */
export async function examinePurls(
  purls: readonly PurlToExamine[],
  config: Config,
  progress: (done: number) => void,
): Promise<Examined[]> {
  const gateway = await createGateway(config, { log: silentLog(), metrics: createMetrics('') })
  const results: Examined[] = []
  try {
    for (const purl of purls) {
      results.push(...(await examinePurl(purl, gateway)))
      progress(results.length)
    }
    return results
  } finally {
    await gateway.close()
  }
}

async function examinePurl({ type, name, version }: PurlToExamine, gateway: Gateway): Promise<Examined[]> {
  const subject = `pkg:${type}/${name}${version === undefined ? '' : `@${version}`}`
  const repository = [...gateway.repositories.values()].find(({ settings }) => settings.type === type)
  try {
    if (repository === undefined)
      throw new GatewayError('BAD_REQUEST', `no configured repository has the type ${type}`, { type })
    if (version === undefined)
      throw new GatewayError('BAD_REQUEST', `${subject} names no version`, { subject })
    const key = repository.ecosystem.indexScope === 'package' ? name : ''
    await gateway.source.ensureClaims(repository, key, false)
    const states = await gateway.parts.ledger.claimsOf(repository.settings.name, key)
    const wanted = states.filter(({ claim }) => claim.name === name && claim.version === version)
    if (wanted.length === 0)
      throw new GatewayError('NOT_FOUND', `${repository.settings.name} has no ${name} ${version}`, {
        subject,
      })
    const results: Examined[] = []
    for (const { claim } of wanted) {
      const decision = await gateway.decide(repository, { kind: 'artifact', path: claim.path, key })
      const evidence = await gateway.parts.ledger.evidence(decision.sha256, type)
      results.push({
        subject: claim.path,
        verdict: decision.verdict,
        ...(evidence === undefined ? {} : { evidence }),
      })
    }
    return results
  } catch (thrown) {
    return [{ subject, error: errorOf(thrown) }]
  }
}
