// Lists what the code of a package is able to do, to compare one version with the next.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { LiteralIndex } from '../rules/literal-index.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'

export const CAPABILITIES = [
  'network',
  'process',
  'native',
  'environment',
  'filesystem-write',
  'dynamic-code',
  'credentials',
] as const
export type Capability = (typeof CAPABILITIES)[number]

type Words = Readonly<Record<Capability, readonly string[]>>

const SCRIPT_WORDS: Words = {
  network: [
    "'http'",
    '"http"',
    "'https'",
    '"https"',
    'node:http',
    'fetch(',
    'axios',
    "'net'",
    '"net"',
    'node:net',
    'xmlhttprequest',
    'websocket',
    'undici',
    'node-fetch',
    "'dns'",
    '"dns"',
    'node:dns',
  ],
  process: ['child_process', 'execa', 'cross-spawn', 'bun.spawn', 'deno.command'],
  native: [
    '.node"',
    ".node'",
    'process.dlopen',
    'node-gyp-build',
    "'bindings'",
    '"bindings"',
    'webassembly.',
  ],
  environment: ['process.env', 'deno.env', 'bun.env'],
  'filesystem-write': [
    'writefile',
    'createwritestream',
    'appendfile',
    'mkdirsync',
    'rmsync',
    'unlinksync',
    'outputfile',
  ],
  'dynamic-code': ['eval(', 'new function(', 'vm.runin', 'vm.script', '_compile('],
  credentials: [
    '.npmrc',
    '.aws/credentials',
    '.ssh/',
    '.netrc',
    '.git-credentials',
    '.docker/config',
    '.kube/config',
  ],
}

const PYTHON_WORDS: Words = {
  network: [
    'import requests',
    'from requests',
    'urllib.request',
    'urlopen',
    'import socket',
    'httpx',
    'aiohttp',
    'http.client',
    'urllib3',
    'smtplib',
    'ftplib',
  ],
  process: ['subprocess', 'os.system', 'os.popen', 'os.exec', 'os.spawn', 'startfile', 'pty.spawn'],
  native: ['ctypes', 'cffi', '.so"', ".so'", '.pyd', '.dll'],
  environment: ['os.environ', 'os.getenv'],
  'filesystem-write': [
    "'wb'",
    '"wb"',
    "'w'",
    '"w"',
    'write_text',
    'write_bytes',
    'shutil.',
    'os.remove',
    'os.makedirs',
  ],
  'dynamic-code': ['exec(', 'eval(', '__import__(', 'marshal.loads', 'pickle.load', 'compile('],
  credentials: [
    '.pypirc',
    '.aws/credentials',
    '.ssh/',
    '.netrc',
    '.git-credentials',
    '.docker/config',
    '.kube/config',
  ],
}

const SCRIPT = finderOf(SCRIPT_WORDS)
const PYTHON = finderOf(PYTHON_WORDS)

/** Capabilities seen in JavaScript and Python code, in the order of `CAPABILITIES`. */
export function capabilitiesOf(contents: PackageContents, signal?: AbortSignal): Capability[] {
  return [...firstFiles(contents, signal).keys()].sort(
    (a, b) => CAPABILITIES.indexOf(a) - CAPABILITIES.indexOf(b),
  )
}

export const capabilities: Scanner = {
  id: 'capabilities',
  version: 1,
  layer: 'code',
  applies: (contents) =>
    codeFilesOf(contents).some(finderFor) ? true : 'the package holds no JavaScript or Python',
  scan: (contents, _data, signal) =>
    [...firstFiles(contents, signal)].map(
      ([capability, file]): Finding => ({
        rule: `capability-${capability}`,
        layer: 'code',
        severity: 'info',
        title: `The code can use: ${capability}`,
        file: file.path,
      }),
    ),
}

type Find = (bytes: Uint8Array) => Capability[]

/** The first file in which each capability is seen. */
function firstFiles(contents: PackageContents, signal?: AbortSignal): Map<Capability, CodeFile> {
  const first = new Map<Capability, CodeFile>()
  for (const file of codeFilesOf(contents)) {
    const find = finderFor(file)
    if (!find) continue
    signal?.throwIfAborted()
    for (const capability of find(file.text.bytes)) if (!first.has(capability)) first.set(capability, file)
    if (first.size === CAPABILITIES.length) break
  }
  return first
}

function finderFor({ language }: CodeFile): Find | undefined {
  if (language === 'python') return PYTHON
  return language === 'javascript' || language === 'typescript' ? SCRIPT : undefined
}

function finderOf(words: Words): Find {
  const index = new LiteralIndex(Object.values(words).flat())
  const ids = CAPABILITIES.map((capability) => words[capability].map((word) => index.idOf(word)))
  return (bytes) => {
    const found = index.scan(bytes)
    return CAPABILITIES.filter((_, i) => ids[i]?.some((id) => found[id] === 1))
  }
}
