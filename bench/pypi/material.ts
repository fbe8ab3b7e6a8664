// What is measured: real project pages and wheels recorded from the machine's own index, and one made wheel of 200 MB.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { buildWheel } from '../../tests/support/pypi-packages.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'

export const CACHE = join(import.meta.dirname, '../.cache')
export const JSON_PAGE = 'application/vnd.pypi.simple.v1+json'
export const HTML_PAGE = 'text/html'
const FILES = '/-files'

export interface PageTarget {
  readonly kind: 'page'
  readonly label: string
  readonly project: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
}

export interface FileTarget {
  readonly kind: 'file'
  readonly label: string
  readonly project: string
  readonly filename: string
  readonly connections: number
}

export type Target = PageTarget | FileTarget

export interface Upstream extends Recorder {
  /** Base of the simple index, no trailing slash. */
  readonly index: string
}

/** The index that pip is set to, with its file host folded in. */
export async function startUpstream(): Promise<Upstream> {
  const base = configuredIndex()
  const { origin, pathname } = new URL(base)
  const recorder = await startRecorder(
    origin,
    join(CACHE, 'pypi'),
    ({ headers }) =>
      String(headers.accept ?? '').includes(JSON_PAGE)
        ? { name: 'json', headers: { accept: JSON_PAGE } }
        : { name: 'html', headers: { accept: HTML_PAGE } },
    [{ prefix: FILES, origin: await fileOrigin(base) }],
  )
  // Some clients and peers ask for the list of all projects; that of a public index is not ours to fetch.
  recorder.add(`${pathname}/`, HTML_PAGE, Buffer.from('<!DOCTYPE html><html><body></body></html>'))
  addMade(recorder, pathname)
  return { ...recorder, index: `${recorder.url}${pathname}` }
}

function configuredIndex(): string {
  const set = execaSync('pip3', ['config', 'get', 'global.index-url'], { reject: false })
  if (set.exitCode === 0) return set.stdout.trim().replace(/\/+$/, '')
  const preset = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'
  return execaSync('python3', ['-c', preset]).stdout.trim().replace(/\/+$/, '')
}

async function fileOrigin(base: string): Promise<string> {
  const response = await fetch(`${base}/flask/`, { headers: { accept: JSON_PAGE } })
  const { files } = (await response.json()) as { files: { url: string }[] }
  return new URL(files[0]?.url ?? '', `${base}/flask/`).origin
}

const MADE = { name: 'made-200m', version: '1.0' }

/** Random bytes do not compress: what travels is what was made. */
function addMade(recorder: Recorder, indexPath: string): void {
  const wheel = buildWheel({ ...MADE, files: { 'made_200m/data.bin': randomBytes(200_000_000) } })
  const path = `${FILES}/made/${wheel.filename}`
  // HTML without sizes: every index and every peer reads it.
  const page = `<!DOCTYPE html><html><head><title>Links for ${MADE.name}</title></head><body>
<a href="${recorder.url}${path}#sha256=${wheel.sha256}">${wheel.filename}</a><br/>
</body></html>`
  // proxpi leaves the slash out.
  for (const end of ['/', '']) recorder.add(`${indexPath}/${MADE.name}${end}`, HTML_PAGE, Buffer.from(page))
  recorder.add(path, 'application/octet-stream', wheel.bytes)
}

const PAGES = [
  { project: 'itsdangerous', size: 'small', connections: 32 },
  { project: 'boto3', size: 'thousands of files', connections: 8 },
]

export function targets(): Target[] {
  const pages = PAGES.flatMap(({ project, size, connections }) =>
    [
      { form: 'JSON', accept: JSON_PAGE },
      { form: 'HTML', accept: HTML_PAGE },
    ].flatMap(({ form, accept }) =>
      ['gzip', 'identity'].map(
        (encoding): PageTarget => ({
          kind: 'page',
          label: `page, ${size} (${project}), ${form}, ${encoding === 'gzip' ? 'gzip' : 'plain'}`,
          project,
          headers: { accept, 'accept-encoding': encoding },
          connections,
        }),
      ),
    ),
  )
  const files: FileTarget[] = [
    {
      kind: 'file',
      label: '100 KB wheel',
      project: 'flask',
      filename: 'flask-3.1.0-py3-none-any.whl',
      connections: 32,
    },
    {
      kind: 'file',
      label: '10 MB wheel',
      project: 'babel',
      filename: 'babel-2.16.0-py3-none-any.whl',
      connections: 16,
    },
    {
      kind: 'file',
      label: '200 MB wheel',
      project: MADE.name,
      filename: 'made_200m-1.0-py3-none-any.whl',
      connections: 4,
    },
  ]
  return [...pages, ...files]
}
