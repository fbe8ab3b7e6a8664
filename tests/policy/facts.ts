// Claims, evidence and findings for policy tests: plain facts, each with one thing changed.
import type { ArtifactClaim } from '../../src/model/claim.ts'
import type { Evidence, PackageSummary, ScannerRun } from '../../src/model/evidence.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { MalwareRecord } from '../../src/model/malware.ts'
import type { Waiver } from '../../src/model/waiver.ts'

export const NOW = new Date('2026-03-10T12:00:00Z')
export const SHA256 = 'ab'.repeat(32)

export function hoursAgo(hours: number): string {
  return new Date(NOW.getTime() - hours * 3_600_000).toISOString()
}

export function claim(changes: Partial<ArtifactClaim> = {}): ArtifactClaim {
  return {
    repository: 'npm',
    type: 'npm',
    name: 'left-pad',
    version: '1.2.4',
    path: 'left-pad/-/left-pad-1.2.4.tgz',
    indexKey: 'left-pad',
    url: 'https://upstream.test/left-pad/-/left-pad-1.2.4.tgz',
    digests: {},
    publishedAt: hoursAgo(1000),
    facts: {},
    ...changes,
  }
}

export function finding(changes: Partial<Finding> = {}): Finding {
  return { rule: 'some-rule', layer: 'code', severity: 'high', title: 'does something', ...changes }
}

export function run(changes: Partial<ScannerRun> = {}): ScannerRun {
  return {
    scanner: 'content-rules',
    version: 1,
    layer: 'code',
    status: 'ran',
    milliseconds: 5,
    required: true,
    ...changes,
  }
}

export function evidence(
  changes: {
    findings?: readonly Finding[]
    runs?: readonly ScannerRun[]
    summary?: Partial<PackageSummary>
  } = {},
): Evidence {
  return {
    sha256: SHA256,
    type: 'npm',
    examinationKey: 'key',
    examinedAt: hoursAgo(0),
    findings: changes.findings ?? [],
    runs: changes.runs ?? [run()],
    summary: {
      maintainers: [],
      hooks: [],
      nativeCode: [],
      fileCount: 3,
      unpackedBytes: 1000,
      foreignDependencies: [],
      capabilities: [],
      ...changes.summary,
    },
  }
}

export function malware(changes: Partial<MalwareRecord> = {}): MalwareRecord {
  return {
    id: 'MAL-2026-1',
    kind: 'malware',
    summary: 'Malicious code in left-pad (npm)',
    source: 'test',
    wholePackage: false,
    ...changes,
  }
}

export function waiver(changes: Partial<Waiver> = {}): Waiver {
  return {
    id: 'w1',
    type: 'npm',
    name: 'left-pad',
    version: '1.2.4',
    rules: ['*'],
    force: false,
    effect: 'waive',
    reason: 'checked by hand',
    actor: 'alice',
    createdAt: hoursAgo(2),
    expiresAt: hoursAgo(-48),
    ...changes,
  }
}
