// A loopback package index of wheels and sdists made in the test: the simple index on one port, its files on another.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, type Loopback, startLoopback } from './loopback-upstream.ts'
import { type BuiltFile, buildSdist, buildWheel, type PythonPackage, sha256 } from './pypi-packages.ts'

export interface Publication extends PythonPackage {
  /** Which files to publish: `py3-none-any` and other wheel tags, `sdist`. One pure wheel and an sdist unless told. */
  readonly as?: readonly string[]
  /** RFC 3339; long ago unless told, so that no cooldown holds it. */
  readonly uploadTime?: string
  readonly yanked?: boolean | string
  /** Overrides of the file's entry in the JSON page, e.g. `hashes`, `url`, `provenance`; the HTML page follows. */
  readonly entry?: Readonly<Record<string, unknown>>
  /** Leave the metadata sidecar out of the index. */
  readonly noSidecar?: boolean
}

export interface PypiUpstream {
  /** Base of the simple index, no trailing slash: what an index-url says. */
  readonly url: string
  readonly index: Loopback
  readonly files: Loopback
  publish(publication: Publication): Promise<readonly BuiltFile[]>
  /** Publishes a file that was built before, under any name. */
  publishFile(project: string, version: string, file: BuiltFile, publication?: Partial<Publication>): void
  /** Bytes at the file host from now on; the index still promises the former ones. */
  swapFile(filename: string, bytes: Uint8Array): void
  /** Forgets a project's files in the index; the file host still has them. */
  withdraw(project: string): void
  /** A further document of the index host, e.g. legacy JSON. */
  put(path: string, answer: Answer): void
  /** Fields beside `files` of a project's JSON page. */
  describe(project: string, fields: Readonly<Record<string, unknown>>): void
  close(): Promise<void>
}

export interface PypiUpstreamOptions {
  /** What the index answers: both forms by negotiation (default), or only one, as older indexes do. */
  readonly forms?: 'both' | 'json' | 'html'
  /** Serve files from the index's own port. */
  readonly oneHost?: boolean
}

interface Project {
  readonly files: Record<string, unknown>[]
  fields: Readonly<Record<string, unknown>>
}

export const JSON_PAGE = 'application/vnd.pypi.simple.v1+json'
const LONG_AGO = '2020-02-02T02:02:02.000000Z'

export async function startPypiUpstream({
  forms = 'both',
  oneHost = false,
}: PypiUpstreamOptions = {}): Promise<PypiUpstream> {
  const projects = new Map<string, Project>()
  const blobs = new Map<string, Uint8Array>()
  const others = new Map<string, Answer>()
  const fileAt = (path: string) => {
    const bytes = blobs.get(decodeURIComponent(path))
    return bytes === undefined ? undefined : withEtag(bytes, 'application/octet-stream')
  }
  const index = await startLoopback((path, request) => {
    const name = /^\/simple\/([^/]+)\/$/.exec(path)?.[1]
    if (path === '/simple/') return projectList([...projects.keys()], wantsJson(request))
    const project = name === undefined ? undefined : projects.get(name)
    if (project === undefined || name === undefined)
      return others.get(path) ?? (oneHost ? fileAt(path) : undefined)
    return forms === 'html' || (forms === 'both' && !wantsJson(request))
      ? withEtag(Buffer.from(htmlPage(name, project)), 'text/html')
      : withEtag(Buffer.from(jsonPage(name, project)), JSON_PAGE)
  })

  const files = oneHost ? index : await startLoopback(fileAt)

  function projectOf(name: string): Project {
    const key = normalised(name)
    const project = projects.get(key) ?? { files: [], fields: {} }
    projects.set(key, project)
    return project
  }

  function publishFile(
    name: string,
    _version: string,
    file: BuiltFile,
    extra: Partial<Publication> = {},
  ): void {
    const path = `/files/${normalised(name)}/${file.filename}`
    blobs.set(path, file.bytes)
    const sidecar = extra.noSidecar === true ? undefined : file.metadata
    if (sidecar !== undefined) blobs.set(`${path}.metadata`, sidecar)
    projectOf(name).files.push({
      filename: file.filename,
      url: `${files.url}${encodeURI(path).replaceAll('+', '%2B')}`,
      hashes: { sha256: file.sha256 },
      size: file.bytes.byteLength,
      'upload-time': extra.uploadTime ?? LONG_AGO,
      yanked: extra.yanked ?? false,
      ...(extra.requiresPython === undefined ? {} : { 'requires-python': extra.requiresPython }),
      ...(sidecar === undefined ? {} : { 'core-metadata': { sha256: sha256(sidecar) } }),
      ...extra.entry,
    })
  }

  return {
    url: `${index.url}/simple`,
    index,
    files,
    publishFile,
    async publish(publication) {
      const made: BuiltFile[] = []
      for (const kind of publication.as ?? ['py3-none-any', 'sdist'])
        made.push(kind === 'sdist' ? await buildSdist(publication) : buildWheel(publication, kind))
      for (const file of made) publishFile(publication.name, publication.version, file, publication)
      return made
    },
    swapFile(filename, bytes) {
      const path = [...blobs.keys()].find((one) => one.endsWith(`/${filename}`))
      if (path === undefined) throw new Error(`no file ${filename} was published`)
      blobs.set(path, bytes)
    },
    withdraw: (name) => void projects.delete(normalised(name)),
    put: (path, answer) => others.set(path, answer),
    describe(name, fields) {
      projectOf(name).fields = fields
    },
    async close() {
      await index.close()
      if (!oneHost) await files.close()
    },
  }
}

function normalised(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}

function wantsJson({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes(JSON_PAGE) === true
}

function jsonPage(name: string, { files, fields }: Project): string {
  return JSON.stringify({ meta: { 'api-version': '1.1' }, name, files, ...fields })
}

function htmlPage(name: string, { files }: Project): string {
  const anchors = files.map((file) => {
    const { sha256: hash } = file['hashes'] as { sha256?: string }
    const metadata = (file['core-metadata'] as { sha256: string } | undefined)?.sha256
    const attributes = [
      `href="${file['url']}${hash === undefined ? '' : `#sha256=${hash}`}"`,
      file['requires-python'] === undefined
        ? ''
        : `data-requires-python="${escaped(String(file['requires-python']))}"`,
      file['yanked'] === false
        ? ''
        : `data-yanked="${file['yanked'] === true ? '' : escaped(String(file['yanked']))}"`,
      metadata === undefined ? '' : `data-core-metadata="sha256=${metadata}"`,
    ]
    return `<a ${attributes.filter((one) => one !== '').join(' ')}>${file['filename']}</a><br/>`
  })
  return `<!DOCTYPE html><html><head><title>Links for ${name}</title></head><body>\n${anchors.join('\n')}\n</body></html>`
}

function projectList(names: readonly string[], json: boolean): Answer {
  const list = { meta: { 'api-version': '1.1' }, projects: names.map((name) => ({ name })) }
  return json
    ? withEtag(Buffer.from(JSON.stringify(list)), JSON_PAGE)
    : withEtag(Buffer.from(names.map((name) => `<a href="${name}/">${name}</a>`).join('\n')), 'text/html')
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function withEtag(body: Uint8Array, contentType: string): Answer {
  return { body, contentType, headers: { etag: `"${createHash('sha1').update(body).digest('hex')}"` } }
}
