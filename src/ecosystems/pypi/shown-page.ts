// A project page as it leaves: the upstream's checked page after withholding, with our own addresses.
import type { ProjectFile, ProjectPage } from './project-page.ts'

export interface ShownFile {
  readonly file: ProjectFile
  /** Our address of the file. */
  readonly url: string
  /** Reason, `''` for none; absent when the file may be chosen. */
  readonly yanked?: string
  /** Our address of its provenance. */
  readonly provenance?: string
}

export interface ShownPage extends Omit<ProjectPage, 'files'> {
  readonly files: readonly ShownFile[]
}

/** Version 1.1 and later promise a size for every file (PEP 700); an upstream page in HTML has none. */
export function apiVersionOf(page: ShownPage): string {
  return page.files.every(({ file }) => file.sizeBytes !== undefined) ? '1.4' : '1.0'
}
