// What machine code tells without being run: packed, disguised, for another machine, built without protections, odd library paths.
import type { Finding, Severity } from '../../model/finding.ts'
import { type PackageContents, type PackageEntry, reachOf } from '../../model/package-contents.ts'
import type { Executable } from './executable.ts'

const DATA_EXTENSION =
  /\.(?:png|jpe?g|gif|webp|bmp|svg|ico|ttf|otf|woff2?|txt|md|rst|json|ya?ml|toml|csv|css|html?|xml|pdf|mp[34]|wav|log|lock|map|d\.ts|[cm]?js|ts|py|pyi|sh)$/i

/** Names of one machine in the words of dpkg, rpm, apk and wheel tags. */
const MACHINE_WORDS: Readonly<Record<string, RegExp>> = {
  x86_64: /x86_64|amd64|x64|universal2/,
  i386: /i[3-6]86|x86$|ia32|win32/,
  aarch64: /aarch64|arm64|universal2/,
  arm: /arm(?!64)|armhf|armv[5-8]/,
  ppc64: /ppc64/,
  s390x: /s390x/,
  riscv: /riscv/,
  loongarch: /loong/,
  mips: /mips/,
}

export function executableFindings(
  contents: PackageContents,
  entry: PackageEntry,
  executable: Executable,
): Finding[] {
  return [
    ...disguised(contents, entry, executable),
    ...packed(contents, entry, executable),
    ...foreignMachine(contents, entry, executable),
    ...hardening(contents, entry, executable),
    ...searchPaths(contents, entry, executable),
  ]
}

function disguised(contents: PackageContents, entry: PackageEntry, { format }: Executable): Finding[] {
  if (!DATA_EXTENSION.test(entry.path)) return []
  return [
    finding(
      contents,
      entry,
      'binary-disguised',
      'high',
      `${format} machine code under the name of a data or text file`,
      'Nobody looks for a program there, and filters by extension let it pass.',
      39,
    ),
  ]
}

function packed(contents: PackageContents, entry: PackageEntry, { packer }: Executable): Finding[] {
  if (packer === undefined) return []
  return [
    finding(
      contents,
      entry,
      'binary-packed',
      'medium',
      `Machine code packed with ${packer}`,
      'What it does shows only when it unpacks itself in memory; scanners see nothing of it.',
      39,
    ),
  ]
}

/** Only where the package names one machine: `all`, `noarch` and `any` promise none, and firmware is for other machines. */
function foreignMachine(
  contents: PackageContents,
  entry: PackageEntry,
  { machines, format }: Executable,
): Finding[] {
  const claimed = contents.declared.architecture?.toLowerCase() ?? ''
  const known = Object.values(MACHINE_WORDS).some((words) => words.test(claimed))
  const fits = machines.some((machine) => MACHINE_WORDS[machine]?.test(claimed) ?? true)
  if (!known || fits || format !== 'ELF') return []
  return [
    finding(
      contents,
      entry,
      'binary-other-machine',
      'low',
      `Machine code for ${machines.join(', ')} in a package for ${claimed.slice(0, 40)}`,
      'It cannot run where the package is installed, or it is meant to run somewhere else.',
    ),
  ]
}

function hardening(contents: PackageContents, entry: PackageEntry, { elf }: Executable): Finding[] {
  if (elf === undefined || (elf.kind !== 'executable' && elf.kind !== 'shared')) return []
  const setuid = (entry.mode & 0o6000) !== 0
  return [
    ...(elf.executableStack === true
      ? [
          finding(
            contents,
            entry,
            'elf-executable-stack',
            'low',
            'The stack may be executed',
            'A buffer overflow is then code execution.',
          ),
        ]
      : []),
    ...(elf.writableCode
      ? [
          finding(
            contents,
            entry,
            'elf-writable-code',
            'medium',
            'A segment is writable and executable at once',
            'Code that unpacks or changes itself looks like this.',
            39,
          ),
        ]
      : []),
    ...(setuid && (!elf.relro || (elf.kind === 'executable' && elf.isDynamic))
      ? [
          finding(
            contents,
            entry,
            'elf-setuid-unhardened',
            'low',
            'A setuid program without PIE or RELRO',
            'It is built without the protections that its rights call for.',
          ),
        ]
      : []),
    ...(!elf.hasSections && elf.kind === 'executable'
      ? [
          finding(
            contents,
            entry,
            'elf-no-sections',
            'info',
            'The section headers were removed',
            'Some linkers and most packers do this.',
          ),
        ]
      : []),
  ]
}

/** `$ORIGIN` and system directories are ordinary; a path that others may fill decides which code is loaded. */
function searchPaths(contents: PackageContents, entry: PackageEntry, { elf }: Executable): Finding[] {
  const paths = elf?.searchPaths ?? []
  const writable = paths.filter(
    (path) => /^(?:\/tmp|\/var\/tmp|\/dev\/shm)(?:\/|$)/.test(path) || path === '.' || path.startsWith('./'),
  )
  const relative = paths.filter(
    (path) =>
      path !== '' && !/^(?:\/|\$\{?(?:ORIGIN|LIB|PLATFORM)\}?)/.test(path) && !writable.includes(path),
  )
  const setuid = (entry.mode & 0o6000) !== 0
  return [
    ...(writable.length === 0
      ? []
      : [
          {
            ...finding(
              contents,
              entry,
              'elf-search-path-writable',
              setuid ? 'high' : 'medium',
              'Libraries are looked for where anybody can put them',
              'Whoever writes there decides what the program does.',
            ),
            snippet: writable.join(':').slice(0, 200),
          },
        ]),
    ...(relative.length === 0
      ? []
      : [
          {
            ...finding(
              contents,
              entry,
              'elf-search-path-relative',
              setuid ? 'high' : 'low',
              'Libraries are looked for below the current directory',
              'The place where it is started decides what it loads.',
            ),
            snippet: relative.join(':').slice(0, 200),
          },
        ]),
  ]
}

function finding(
  contents: PackageContents,
  entry: PackageEntry,
  rule: string,
  severity: Severity,
  title: string,
  detail: string,
  behaviour?: number,
): Finding {
  return {
    rule,
    layer: 'binary',
    severity,
    title,
    detail,
    file: entry.path,
    reach: reachOf(contents, entry.path),
    ...(behaviour === undefined ? {} : { behaviour }),
  }
}
