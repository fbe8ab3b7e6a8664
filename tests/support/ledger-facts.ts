// Claims, evidence and verdicts as ledger tests need them.
import type { ArtifactClaim } from '../../src/model/claim.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { RecordedVerdict } from '../../src/storage/ledger.ts'

export const DIGEST_A = 'a'.repeat(64)
export const DIGEST_B = 'b'.repeat(64)

export function claimOf(change: Partial<ArtifactClaim> = {}): ArtifactClaim {
  const name = change.name ?? 'left'
  const version = change.version ?? '1.0.0'
  const path = change.path ?? `${name}/-/${name}-${version}.tgz`
  return {
    repository: 'npm',
    type: 'npm',
    name,
    version,
    path,
    indexKey: name,
    url: `http://upstream.test/${path}`,
    digests: { sha512: '5'.repeat(128), sha1: '1'.repeat(40) },
    facts: { scripts: { postinstall: 'node setup.js' }, dependencies: {} },
    ...change,
  }
}

export function claimsOf(name: string, count: number): ArtifactClaim[] {
  return Array.from({ length: count }, (_, patch) => claimOf({ name, version: `1.0.${patch}` }))
}

export function evidenceOf(change: Partial<Evidence> = {}): Evidence {
  return {
    sha256: DIGEST_A,
    type: 'npm',
    examinationKey: 'examination-1',
    examinedAt: '2025-01-01T00:00:00.000Z',
    findings: [{ rule: 'npm-install-hook', layer: 'script', severity: 'medium', title: 'runs setup.js' }],
    runs: [],
    summary: {
      maintainers: ['somebody'],
      hooks: ['postinstall'],
      nativeCode: [],
      fileCount: 3,
      unpackedBytes: 99,
      foreignDependencies: [],
      capabilities: [],
    },
    ...change,
  }
}

export function verdictOf(change: Partial<RecordedVerdict> = {}): RecordedVerdict {
  return {
    sha256: DIGEST_A,
    outcome: 'approved',
    reasons: [],
    warnings: [],
    policy: 'balanced-1',
    examinationKey: 'examination-1',
    decidedAt: '2025-01-01T00:00:01.000Z',
    actor: 'examination',
    ...change,
  }
}
