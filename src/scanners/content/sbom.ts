// The bill of materials of one package as a CycloneDX 1.6 document.
import type { JsonObject } from '../../model/claim.ts'
import type { PackageContents } from '../../model/package-contents.ts'

export async function describePackage(contents: PackageContents): Promise<JsonObject> {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'library', name: contents.declared.name ?? '' } },
  }
}
