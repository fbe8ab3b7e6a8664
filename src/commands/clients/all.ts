// Every package client that `setup` knows, in the order in which help lists them.
import { apk } from './apk.ts'
import { apt } from './apt.ts'
import type { Client } from './client.ts'
import { bun, npm, pnpm, yarn } from './npm.ts'
import { pdm, pip, poetry, uv } from './python.ts'
import { dnf, zypper } from './rpm.ts'

export const allClients: readonly Client[] = [
  npm,
  pnpm,
  yarn,
  bun,
  pip,
  uv,
  poetry,
  pdm,
  apt,
  dnf,
  zypper,
  apk,
]
