// The index of one project: which claims it makes, and how each of its documents reads when some may not be shown.
import type { ArtifactClaim } from '../../model/claim.ts'
import { GatewayError } from '../../model/errors.ts'
import type { IndexSet, RenderedDocument } from '../../model/index-set.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { LoadContext, ReadContext, RenderContext, Rendered } from '../ecosystem.ts'
import { renderLegacyJson } from './legacy-json.ts'
import { besideDocument, loadProject, openPage, PAGE } from './load-project.ts'
import { claimOf, claimsOf, firstAttested } from './page-claims.ts'
import { loadProjectList, PROJECT_LIST_KEY, renderProjectList } from './project-list.ts'
import type { ProjectPage } from './project-page.ts'
import type { ShownFile, ShownPage } from './shown-page.ts'
import { HTML_TYPE, renderSimpleHtml, SIMPLE_HTML_TYPE } from './simple-html.ts'
import { JSON_TYPE, renderSimpleJson } from './simple-json.ts'
import { parseVersion } from './version.ts'
import { type JudgedFile, type KeptFile, statusAfter, withhold, withSiblings } from './withhold.ts'

export const PROVENANCE_TYPE = 'application/vnd.pypi.integrity.v1+json'
export const LEGACY_JSON_TYPE = 'application/json'

/** Best for a client that does not say: PEP 691 asks for HTML then, because old installers read nothing else. */
export const PAGE_TYPES = [HTML_TYPE, JSON_TYPE, SIMPLE_HTML_TYPE]

export function loadPypiIndex(key: string, context: LoadContext): Promise<IndexSet | undefined> {
  return key === PROJECT_LIST_KEY ? loadProjectList(context) : loadProject(key, context)
}

export async function readPypiClaims(
  index: IndexSet,
  context: ReadContext,
): Promise<Iterable<ArtifactClaim>> {
  if (index.key === PROJECT_LIST_KEY) return []
  const { files } = await openPage(index, context)
  return claimsOf(files, { settings: context.settings, project: index.key })
}

/** Renders the document that is asked: the project list, the page in all its forms, a provenance object, or legacy JSON. */
export async function renderPypiIndex(index: IndexSet, context: RenderContext): Promise<Rendered> {
  if (index.key === PROJECT_LIST_KEY)
    return { documents: await renderProjectList(index, context), withheld: [] }
  const { document } = context
  if (document.startsWith('provenance/')) return renderProvenance(index, context)
  const page = await openPage(index, context)
  const judged = withSiblings(judge(page, context))
  const kept = withhold(judged)
  const shown = shownPage(page, kept, judged, context)
  const withheld = judged.flatMap(({ claim, shown }) =>
    shown.show ? [] : [{ claim, verdict: shown.verdict }],
  )
  if (document === PAGE) return { documents: pageDocuments(shown), withheld }
  return renderLegacy(index, context, { page: shown, withheld })
}

function judge(page: ProjectPage, { settings, show }: RenderContext): JudgedFile[] {
  const attested = firstAttested(page.files)
  return page.files.map((file) => {
    const claim = claimOf(file, { settings, project: page.name, attested })
    return { file, claim, shown: show(claim) }
  })
}

function shownPage(
  page: ProjectPage,
  kept: readonly KeptFile[],
  judged: readonly JudgedFile[],
  context: RenderContext,
): ShownPage {
  const { status: _, ...rest } = page
  const status = statusAfter(page, kept, judged)
  return {
    ...rest,
    files: kept.map((one) => shownFile(one, context)),
    versions: shownVersions(page, kept),
    ...(status === undefined ? {} : { status }),
  }
}

function shownFile({ file, claim, yanked }: KeptFile, { settings }: RenderContext): ShownFile {
  const base = settings.publicUrl
  const name = encodeURIComponent(file.filename)
  return {
    file,
    url: `${base}/files/${claim.name}/${name}`,
    ...(yanked === undefined ? {} : { yanked }),
    ...(file.provenance === undefined
      ? {}
      : {
          provenance: `${base}/integrity/${claim.name}/${encodeURIComponent(file.version)}/${name}/provenance`,
        }),
  }
}

/** Only versions with a file left (PEP 700), in the upstream's spelling and order where it gives them. */
function shownVersions(page: ProjectPage, kept: readonly KeptFile[]): string[] {
  const releases = new Map(kept.map(({ file }) => [file.release, file.version]))
  if (page.versions.length === 0) return [...releases.values()]
  return page.versions.filter((version) => releases.has(parseVersion(version)?.release ?? ''))
}

function pageDocuments(page: ShownPage): RenderedDocument[] {
  const html = renderSimpleHtml(page)
  return [
    { path: PAGE, contentType: HTML_TYPE, body: html },
    { path: PAGE, contentType: JSON_TYPE, body: renderSimpleJson(page) },
    { path: PAGE, contentType: SIMPLE_HTML_TYPE, body: html },
  ]
}

async function renderLegacy(
  index: IndexSet,
  context: RenderContext,
  { page, withheld }: { page: ShownPage; withheld: Rendered['withheld'] },
): Promise<Rendered> {
  const stored = besideDocument(index, context.document)
  if (stored === undefined) return { documents: [], withheld }
  const version = context.document.split('/')[1]
  const files = new Map(page.files.map((one) => [one.file.filename, one]))
  const body = renderLegacyJson(await context.open(stored), version, {
    files,
    ...(context.advisories === undefined ? {} : { advisories: context.advisories }),
  })
  if (body !== undefined)
    return { documents: [{ path: context.document, contentType: LEGACY_JSON_TYPE, body }], withheld }
  const refused = refusalOf(version, withheld)
  return { documents: [], withheld, ...(refused === undefined ? {} : { refused }) }
}

function refusalOf(version: string | undefined, withheld: Rendered['withheld']): Verdict | undefined {
  const release = version === undefined ? undefined : parseVersion(version)?.release
  return withheld.find(
    ({ claim }) => release === undefined || parseVersion(claim.version)?.release === release,
  )?.verdict
}

/** The upstream's bytes, once they are JSON: what they attest is checked when the file is examined, and by the client. */
async function renderProvenance(index: IndexSet, context: RenderContext): Promise<Rendered> {
  const stored = besideDocument(index, context.document)
  if (stored === undefined) return { documents: [], withheld: [] }
  const body = await context.open(stored)
  try {
    JSON.parse(Buffer.from(body).toString('utf8'))
  } catch (cause) {
    throw new GatewayError(
      'UPSTREAM_INVALID',
      "the upstream's provenance object is not JSON",
      { key: index.key },
      { cause },
    )
  }
  return { documents: [{ path: context.document, contentType: PROVENANCE_TYPE, body }], withheld: [] }
}
