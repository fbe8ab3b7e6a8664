// A machine in a folder: files under a root of its own, an environment, and programs that answer what the test says.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Machine } from '../../src/config/machine.ts'

export interface PlaceOptions {
  /** Path under the root to content; `~/` is the home folder, `./` the working folder. */
  readonly files?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  /** Program with its arguments, joined by blanks, to its output. */
  readonly programs?: Readonly<Record<string, string>>
  /** Address of the gateway itself. */
  readonly own?: string
}

export interface Place extends Machine {
  readonly asked: string[]
}

export function makePlace({ files = {}, environment = {}, programs = {}, own }: PlaceOptions = {}): Place {
  const root = mkdtempSync(join(tmpdir(), 'place-'))
  const [home, cwd] = [join(root, 'home/alice'), join(root, 'work')]
  for (const folder of [home, cwd]) mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    const path = name.startsWith('~/')
      ? join(home, name.slice(2))
      : name.startsWith('./')
        ? join(cwd, name)
        : join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  const asked: string[] = []
  return {
    root,
    home,
    cwd,
    environment,
    architecture: 'x64',
    asked,
    isOwn: (url) => own !== undefined && url.startsWith(own),
    run: async (program, args) => {
      const line = [program, ...args].join(' ')
      asked.push(line)
      return Object.entries(programs).find(([prefix]) => line.startsWith(prefix))?.[1]
    },
  }
}
