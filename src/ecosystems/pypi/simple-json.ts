// The JSON form of a project page (PEP 691, 700, 708, 714, 740, 792): parsed into the model, rendered from it.
import { invalid, type RawFile, type RawPage } from './project-page.ts'
import { apiVersionOf, type ShownFile, type ShownPage } from './shown-page.ts'

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'

/** Throws UPSTREAM_INVALID when the bytes are not a JSON object with a list of files. */
export function parseSimpleJson(bytes: Uint8Array, url: string, project: string): RawPage {
  const document = parseObject(bytes, project)
  const meta = asRecord(document['meta'])
  const { files } = document
  if (!Array.isArray(files)) throw invalid(project, 'has no list of files')
  const status = document['project-status'] ?? meta['project-status']
  return {
    apiVersion: meta['api-version'],
    name: document['name'],
    base: url,
    files: files.map(rawFile),
    versions: document['versions'],
    status: typeof status === 'string' ? status : asRecord(status)['status'],
    statusReason: typeof status === 'string' ? undefined : asRecord(status)['reason'],
    tracks: meta['tracks'],
    alternateLocations: document['alternate-locations'],
  }
}

function rawFile(value: unknown): RawFile {
  const file = asRecord(value)
  return {
    filename: file['filename'],
    url: file['url'],
    hashes: file['hashes'],
    requiresPython: file['requires-python'],
    yanked: file['yanked'],
    size: file['size'],
    uploadTime: file['upload-time'],
    coreMetadata: file['core-metadata'] ?? file['dist-info-metadata'] ?? file['data-dist-info-metadata'],
    provenance: file['provenance'],
  }
}

function parseObject(bytes: Uint8Array, project: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch (cause) {
    throw invalid(project, 'is not JSON', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(project, 'is not a JSON object')
  return value as Record<string, unknown>
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

export function renderSimpleJson(page: ShownPage): Uint8Array {
  const { status } = page
  return Buffer.from(
    JSON.stringify({
      meta: {
        'api-version': apiVersionOf(page),
        ...(page.tracks.length === 0 ? {} : { tracks: page.tracks }),
        // Keys with an underscore are the server's own (PEP 700).
        ...(Object.keys(page.omitted).length === 0 ? {} : { _omitted: page.omitted }),
      },
      name: page.name,
      ...(status === undefined ? {} : { 'project-status': status }),
      ...(page.alternateLocations.length === 0 ? {} : { 'alternate-locations': page.alternateLocations }),
      versions: page.versions,
      files: page.files.map(fileObject),
    }),
  )
}

function fileObject({ file, url, yanked, provenance }: ShownFile): Record<string, unknown> {
  const metadata = file.coreMetadata === undefined ? undefined : { sha256: file.coreMetadata }
  return {
    filename: file.filename,
    url,
    hashes: file.digests,
    ...(file.requiresPython === undefined ? {} : { 'requires-python': file.requiresPython }),
    ...(file.sizeBytes === undefined ? {} : { size: file.sizeBytes }),
    ...(file.uploadTime === undefined ? {} : { 'upload-time': file.uploadTime }),
    yanked: yanked === undefined ? false : yanked === '' ? true : yanked,
    // Never under its old name as well (PEP 714): pip 22.3 to 23.0, Debian 12's among them, ends with a traceback when it finds it.
    ...(metadata === undefined ? {} : { 'core-metadata': metadata }),
    ...(provenance === undefined ? {} : { provenance }),
  }
}
