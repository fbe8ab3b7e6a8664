// Which upstreams this machine's own package clients use. Nothing public is named here: the clients know.
import type { Discovery, Machine } from './discovered.ts'
import type { ConfigDocument } from './document.ts'

/** Looks only for what the document leaves open. */
export async function discover(_document: ConfigDocument, _machine: Machine): Promise<Discovery> {
  return { repositories: [], notes: [] }
}
