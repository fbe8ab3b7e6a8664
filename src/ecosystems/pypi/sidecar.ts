// The metadata sidecar against the wheel: installers resolve from the one and install the other (PEP 658).
import type { HazardLog } from '../../archive/hazards.ts'
import type { ArtifactClaim } from '../../model/claim.ts'
import type { PackageEntry } from '../../model/package-contents.ts'

/** The index promises the sidecar's digest; the METADATA inside must be the very same bytes. */
export function compareSidecar(
  claim: ArtifactClaim | undefined,
  metadataPath: string,
  entries: readonly PackageEntry[],
  hazards: HazardLog,
): void {
  const promised = claim?.facts['coreMetadata']
  if (typeof promised !== 'string') return
  const inside = entries.findLast((entry) => entry.archivePath === metadataPath && entry.type === 'file')
  if (inside?.sha256 === promised) return
  hazards.report(
    'wheel-sidecar-differs',
    'critical',
    'the metadata that the index serves beside the wheel is not the METADATA inside it',
    {
      file: metadataPath,
      snippet: `promised ${promised}, inside ${inside?.sha256 ?? 'none'}`,
      detail: 'Installers choose dependencies by the one and install the other.',
    },
  )
}
