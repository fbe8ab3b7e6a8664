// Every migration in order. A new one goes to the end; one that has been released never changes.
import type { Migration } from 'kysely'
import { firstTables } from './0001-first-tables.ts'
import { generationValidity } from './0002-generation-validity.ts'
import { advisories } from './0003-advisories.ts'
import { audit } from './0004-audit.ts'
import { access } from './0005-access.ts'
import { waivers } from './0006-waivers.ts'
import { requests } from './0007-requests.ts'

export const allMigrations: readonly { readonly name: string; readonly migration: Migration }[] = [
  { name: '0001-first-tables', migration: firstTables },
  { name: '0002-generation-validity', migration: generationValidity },
  { name: '0003-advisories', migration: advisories },
  { name: '0004-audit', migration: audit },
  { name: '0005-access', migration: access },
  { name: '0006-waivers', migration: waivers },
  { name: '0007-requests', migration: requests },
]
