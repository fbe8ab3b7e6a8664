// Examines every package file below a folder as `sallyport scan` does, under policy `balanced`, in the isolated pool.
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { thisMachine } from '../../src/config/machine.ts'
import { allReaders } from '../../src/ecosystems/readers.ts'
import { type Examined, examineFiles, type FileToExamine } from '../../src/examination-run.ts'

export interface Download extends FileToExamine {
  /** First folder below the root: how downloads are grouped. */
  readonly group: string
}

export interface ExaminedDownload {
  readonly download: Download
  readonly examined: Examined
}

/** Package files below `root`, by path; with `every` only each n-th. */
export async function downloadsBelow(root: string, every = 1): Promise<Download[]> {
  const paths = (await readdir(root, { recursive: true })).filter(isPackage).sort()
  const chosen = paths.filter((_, at) => at % every === 0)
  return Promise.all(
    chosen.map(async (path) => ({
      location: join(root, path),
      fileName: basename(path),
      sizeBytes: (await stat(join(root, path))).size,
      group: path.includes('/') ? path.slice(0, path.indexOf('/')) : '.',
    })),
  )
}

function isPackage(path: string): boolean {
  const name = basename(path)
  return Object.values(allReaders).some((readers) => readers.some((reader) => reader.accepts(name)))
}

/** In the order of the downloads. Nothing but the built-in configuration applies. */
export async function examineDownloads(downloads: readonly Download[]): Promise<ExaminedDownload[]> {
  const config = await loadConfig(undefined, thisMachine({}, '/'))
  const progress = (done: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done}/${downloads.length}`)
  }
  // What is measured is what is found, also on a machine that is busy with other things.
  const limits = { ...config.limits, examinationMs: 600_000 }
  const results = await examineFiles(downloads, { ...config, limits, policy: 'balanced' }, progress)
  return downloads.flatMap((download, at) => {
    const examined = results[at]
    return examined ? [{ download, examined }] : []
  })
}
