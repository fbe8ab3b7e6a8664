// Where an installer puts the files of a wheel: `{name}-{version}.data` is spread over the environment.
import type { EntryFacts } from '../../archive/entry-collector.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { cleanPath } from '../../archive/path-hazards.ts'
import type { ZipEntry } from '../../archive/zip.ts'
import type { PackageEntry } from '../../model/package-contents.ts'
import { normaliseName } from './names.ts'
import { parseVersion } from './version.ts'

// Both are site-packages on every usual system, so that their files meet those of the wheel's root.
const INTO_SITE = /^[^/]+\.data\/(?:purelib|platlib)\//
const DATA_FOLDER = /^([^/]+)\.data\/([^/]*)/
const SCHEMES = ['purelib', 'platlib', 'headers', 'scripts', 'data']

export function placeWheelEntry(entry: ZipEntry): EntryFacts {
  const path = cleanPath(entry.path)
  return { ...entry, path: path.replace(INTO_SITE, ''), archivePath: entry.path, member: 'wheel' }
}

/** The one `.dist-info` folder, or undefined with a finding. Reports folders that belong to another name or version. */
export function findInfoFolder(
  entries: readonly PackageEntry[],
  fileName: string,
  hazards: HazardLog,
): string | undefined {
  const folders = topFolders(entries, '.dist-info')
  if (folders.length > 1) {
    hazards.report('wheel-several-infos', 'critical', `${folders.length} .dist-info folders in one wheel`, {
      snippet: folders.join(', ').slice(0, 200),
      detail: 'It claims to be more than one project and overwrites what pip knows of the other.',
    })
  }
  const matching = folders.find((folder) => isOf(folder.slice(0, -'.dist-info'.length), fileName))
  const folder = matching ?? folders[0]
  if (folder !== undefined && matching === undefined) {
    hazards.report(
      'wheel-info-name',
      'high',
      'the .dist-info folder is not of the name and version in the file name',
      {
        file: folder,
      },
    )
  }
  if (folder !== undefined) reportDataFolders(entries, folder, hazards)
  return folder
}

function topFolders(entries: readonly PackageEntry[], ending: string): string[] {
  const folders = entries.map(({ archivePath }) => cleanPath(archivePath).split('/')[0] ?? '')
  return [...new Set(folders.filter((folder) => folder.endsWith(ending)))]
}

function isOf(stem: string, fileName: string): boolean {
  const [name = '', version = ''] = fileName.split('-')
  const dash = stem.lastIndexOf('-')
  if (normaliseName(stem.slice(0, dash)) !== normaliseName(name)) return false
  const [inside, outside] = [stem.slice(dash + 1), version].map((text) => text.replaceAll('_', '-'))
  return inside === outside || releaseOf(inside) === releaseOf(outside)
}

function releaseOf(version: string | undefined): string | undefined {
  return parseVersion(version ?? '')?.release ?? version
}

// pip spreads every folder ending with `.data`, uv only the wheel's own.
function reportDataFolders(entries: readonly PackageEntry[], infoFolder: string, hazards: HazardLog): void {
  const own = infoFolder.slice(0, -'.dist-info'.length)
  for (const { archivePath, type } of entries) {
    const [, stem, scheme = ''] = DATA_FOLDER.exec(cleanPath(archivePath)) ?? []
    if (stem === undefined || type === 'directory') continue
    if (stem !== own) {
      hazards.report('wheel-foreign-data', 'critical', 'a .data folder of another name', {
        file: archivePath,
        detail: 'Some installers spread it over the environment and others unpack it as it is.',
      })
    } else if (!SCHEMES.includes(scheme)) {
      hazards.report(
        'wheel-unknown-scheme',
        'high',
        'a .data folder with a part that installers do not know',
        {
          file: archivePath,
        },
      )
    } else if (scheme === 'data' && /\/(?:site|dist)-packages\//.test(archivePath)) {
      hazards.report(
        'wheel-data-into-site',
        'high',
        'a data file that lands among the modules of other packages',
        {
          file: archivePath,
          detail: 'Written past the usual place, it escapes whoever looks at what the package installs.',
        },
      )
    }
  }
}
