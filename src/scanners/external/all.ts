// Every adapter, in order, made of the configuration. To add one is to add its file and a line here.
import { existsSync } from 'node:fs'
import { GatewayError } from '../../model/errors.ts'
import type { ConfiguredTool, ExternalScanner, ToolMode } from './adapter.ts'
import { bandit } from './bandit.ts'
import { clamd } from './clamd.ts'
import type { ClamdAddress } from './clamd-protocol.ts'
import { clamscan } from './clamscan.ts'
import { commandTool } from './command-tool.ts'
import { eslint } from './eslint.ts'
import { grype } from './grype.ts'
import { guarddog } from './guarddog.ts'
import { npmAudit } from './npm-audit.ts'
import { pipAudit } from './pip-audit.ts'
import { findProgram } from './program.ts'
import { syft } from './syft.ts'
import { trivy } from './trivy.ts'
import { trufflehog } from './trufflehog.ts'

export interface ToolSetting {
  readonly mode: ToolMode
  /** Absolute path of the program; absent: looked for in the usual places. */
  readonly path?: string
  /** ClamAV: where clamd listens, `unix:/path` or `tcp:host:port`. */
  readonly address?: string
}

/** By tool name; a name that is not there is off. */
export type ToolSettings = Readonly<Partial<Record<ExternalToolName, ToolSetting>>>

export type ExternalToolName = (typeof EXTERNAL_TOOLS)[number]['name']

interface ToolLine {
  readonly name: string
  readonly programs: readonly string[]
  readonly build: (path: string | undefined, options: BuildOptions) => ExternalScanner
  /** Used only where these could not do their work. */
  readonly fallbackFor?: readonly string[]
}

export interface ToolOptions {
  /** Registry that answers `npm audit`. */
  readonly npmAuditRegistry?: string
}

interface BuildOptions extends ToolOptions {
  readonly setting: ToolSetting
}

export const EXTERNAL_TOOLS = [
  { name: 'clamav', programs: ['clamscan'], build: openClamav },
  { name: 'pip-audit', programs: ['pip-audit'], build: (path) => commandTool(pipAudit, path) },
  {
    name: 'npm-audit',
    programs: ['npm'],
    build: (path, { npmAuditRegistry = '' }) =>
      commandTool(npmAudit(npmAuditRegistry), npmAuditRegistry === '' ? undefined : path),
  },
  {
    name: 'trivy',
    programs: ['trivy'],
    build: (path) => commandTool(trivy, path),
    fallbackFor: ['pip-audit', 'npm-audit'],
  },
  { name: 'grype', programs: ['grype'], build: (path) => commandTool(grype, path), fallbackFor: ['trivy'] },
  { name: 'syft', programs: ['syft'], build: (path) => commandTool(syft, path) },
  { name: 'trufflehog', programs: ['trufflehog'], build: (path) => commandTool(trufflehog, path) },
  { name: 'guarddog', programs: ['guarddog'], build: (path) => commandTool(guarddog, path) },
  { name: 'bandit', programs: ['bandit'], build: (path) => commandTool(bandit, path) },
  { name: 'eslint', programs: ['eslint'], build: (path) => commandTool(eslint(path ?? ''), path) },
] as const satisfies readonly ToolLine[]

/** Adapters of all tools, those that are off too: their skip is recorded. Nothing is started. */
export async function openTools(
  settings: ToolSettings,
  options: ToolOptions = {},
): Promise<ConfiguredTool[]> {
  const lines: readonly ToolLine[] = EXTERNAL_TOOLS
  return Promise.all(
    lines.map(async ({ name, programs, build, fallbackFor }) => {
      const setting = settings[name as ExternalToolName] ?? { mode: 'off' }
      const { mode } = setting
      const program = setting.path ?? (mode === 'off' ? undefined : await findProgram(programs))
      return {
        scanner: build(program, { ...options, setting }),
        mode,
        ...(fallbackFor === undefined ? {} : { fallbackFor }),
      }
    }),
  )
}

const CLAMD_SOCKETS = ['/run/clamav/clamd.ctl', '/var/run/clamav/clamd.ctl', '/run/clamd.scan/clamd.sock']

/** An address or a path is taken at its word; else the daemon's usual sockets come first: it has its signatures loaded. */
function openClamav(path: string | undefined, { setting }: BuildOptions): ExternalScanner {
  if (setting.address !== undefined) return clamd(parseAddress(setting.address))
  const socket = setting.path === undefined ? CLAMD_SOCKETS.find((one) => existsSync(one)) : undefined
  return socket === undefined ? commandTool(clamscan(), path) : clamd({ path: socket })
}

/** Throws CONFIG_INVALID. */
function parseAddress(address: string): ClamdAddress {
  const unix = /^unix:(\/.+)$/.exec(address)?.[1]
  if (unix !== undefined) return { path: unix }
  const [, host, port] = /^tcp:\[?([^\]/]+?)\]?:(\d{1,5})$/.exec(address) ?? []
  if (host === undefined || port === undefined || Number(port) > 65_535)
    throw new GatewayError('CONFIG_INVALID', `${address} is neither unix:/path nor tcp:host:port`, {
      address,
    })
  return { host, port: Number(port) }
}
