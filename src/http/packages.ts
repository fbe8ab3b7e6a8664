// What package clients ask: finds the repository, asks one of the two doors, and words the answer; it decides nothing.
import { LRUCache } from 'lru-cache'
import type { Caller } from '../access/directory.ts'
import type { ArtifactAnswer, ArtifactGate } from '../gate/artifact-gate.ts'
import type { GenerationAnswer, GenerationGate } from '../gate/generation-gate.ts'
import type { IndexGate } from '../gate/index-gate.ts'
import type { PreparedIndex } from '../gate/index-job.ts'
import type { Repository } from '../gate/repository.ts'
import type { SideDoor } from '../gate/side-door.ts'
import type { SubjectsAhead } from '../gate/subjects-ahead.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { ArtifactRequest, IndexRequest, RequestSample, SideRequest } from '../model/request.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Access } from './access.ts'
import { type Answer, headerList } from './answer.ts'
import type { Asked } from './asked.ts'
import type { ClientAddressOf } from './client-address.ts'
import { respondIndex } from './index-response.ts'
import { type Refusal, refusalOf, refusalOfError, subjectOf } from './refusal.ts'
import { parseMount } from './snapshot-mount.ts'
import { respondStored } from './stored-response.ts'

/** Never throws and never rejects. A promise only where something has to be waited for: a warm answer is there at once. */
export type AnswerPackages = (asked: Asked, readBody?: () => Promise<Uint8Array>) => Answer | Promise<Answer>

export interface ServedArtifact {
  readonly repository: string
  readonly path: string
  readonly sha256: string
  readonly status: number
  readonly tokenLabel?: string
}

export interface PackageParts {
  readonly access: Access
  /** Repositories by the first segment of their paths. */
  readonly repositories: ReadonlyMap<string, Repository>
  readonly index: IndexGate
  readonly generations: GenerationGate
  readonly artifacts: ArtifactGate
  readonly side: SideDoor
  readonly served: (asked: Asked, artifact: ServedArtifact) => void
  /** What somebody reads tells what is asked for next. */
  readonly ahead: SubjectsAhead['served']
  /** An artifact was not given. */
  readonly refused: (asked: Asked, claim: ArtifactClaim, verdict: Verdict, label?: string) => void
  readonly addressOf: ClientAddressOf
  readonly failed: (path: string, error: GatewayError) => void
  readonly answered: (sample: RequestSample) => void
  /** Absolute, no trailing slash: where refusals point to. */
  readonly publicUrl: string
}

/** What is counted of a request; neither is known of one that is refused before. */
interface Subject {
  repository: string
  kind: RequestSample['kind']
}

/** What a path means does not change while the gateway runs; who may ask it is looked at each time. */
interface Meaning {
  readonly mount: string
  /** Of a snapshot, in milliseconds since the epoch. */
  readonly at?: number
  readonly request: IndexRequest | ArtifactRequest
}

const MAX_MEANINGS = 5000
const MAX_REMEMBERED_PATH = 300

export function createPackageAnswers(parts: PackageParts): AnswerPackages {
  const { access, repositories, publicUrl } = parts
  const meanings = new LRUCache<string, Meaning>({ max: MAX_MEANINGS })

  function route(
    asked: Asked,
    readBody: () => Promise<Uint8Array>,
    subject: Subject,
  ): Answer | Promise<Answer> {
    const { method, path } = asked
    const caller = access.admit(asked)
    const key = `${method} ${path}`
    const known = meanings.get(key)
    if (known !== undefined) {
      const repository = repositoryFor(caller, known.mount, path)
      subject.repository = repository.settings.name
      subject.kind = known.request.kind
      return known.request.kind === 'index'
        ? answerIndex(asked, repository, known.request, known.at)
        : answerArtifact(asked, repository, known.request, caller)
    }
    const slash = path.indexOf('/', 1)
    const { name: mount, at } = parseMount(slash < 0 ? path.slice(1) : path.slice(1, slash))
    const repository = repositoryFor(caller, mount, path)
    const { ecosystem, settings } = repository
    subject.repository = settings.name
    const request = ecosystem.parseRequest(method, slash < 0 ? '/' : path.slice(slash), settings)
    subject.kind = request.kind
    if (path.length <= MAX_REMEMBERED_PATH && (request.kind === 'index' || request.kind === 'artifact'))
      meanings.set(key, { mount, request, ...(at === undefined ? {} : { at }) })
    switch (request.kind) {
      case 'index':
        return answerIndex(asked, repository, request, at)
      case 'artifact':
        return answerArtifact(asked, repository, request, caller)
      case 'side':
        return answerSide(asked, repository, request, readBody)
      case 'redirect': {
        const location = `${settings.publicUrl}/${request.to}${asked.query}`
        return { status: 301, headers: headerList({ location, 'content-length': '0' }) }
      }
    }
  }

  /** Who may not read is not told what there is to read. */
  function repositoryFor(caller: Caller, mount: string, path: string): Repository {
    if (caller.label === undefined) access.allow(caller, mount)
    const repository = repositories.get(mount)
    if (repository === undefined) {
      const listed = [...repositories.keys()].map((one) => `/${one}/`).join(', ')
      throw new GatewayError('NOT_SERVED', `no repository is mounted there; there are ${listed}`, {
        path: path.slice(0, 200),
      })
    }
    access.allow(caller, repository.settings.name)
    return repository
  }

  function answerIndex(
    asked: Asked,
    repository: Repository,
    request: IndexRequest,
    at: number | undefined,
  ): Answer | Promise<Answer> {
    if (repository.ecosystem.indexScope === 'repository')
      return answerGeneration(asked, repository, request, at)
    if (at !== undefined)
      throw new GatewayError('NOT_SERVED', `${repository.settings.name} has no dated snapshots`, {})
    const ready = parts.index.atHand(repository, request)
    if (ready !== undefined) return wordIndex(asked, repository, request, ready)
    return parts.index
      .answer(repository, request)
      .then((prepared) => wordIndex(asked, repository, request, prepared))
  }

  function wordIndex(
    asked: Asked,
    { settings: { name }, ecosystem }: Repository,
    { key, document }: IndexRequest,
    prepared: PreparedIndex | undefined,
  ): Answer {
    if (prepared?.refused !== undefined) {
      const instance = `${publicUrl}/-/explain/${name}/${key}`
      return refuse(refusalOf(prepared.refused, subjectOfRefused(prepared, key), instance))
    }
    const answer =
      prepared === undefined ? undefined : respondIndex(asked, prepared, document, ecosystem.mediaTypeAliases)
    if (answer === undefined)
      throw new GatewayError('NOT_FOUND', `the upstream of ${name} has no ${key}`, { key })
    return answer
  }

  function answerGeneration(
    asked: Asked,
    repository: Repository,
    request: IndexRequest,
    at: number | undefined,
  ): Answer | Promise<Answer> {
    const client = `${parts.addressOf(asked)} ${(asked.headers['user-agent'] ?? '').slice(0, 200)}`
    const asker = { client, method: asked.method }
    const ready = at === undefined ? parts.generations.atHand(repository, request, asker) : undefined
    if (ready !== undefined) return wordGeneration(asked, ready)
    return parts.generations
      .answer(repository, request, { asker, ...(at === undefined ? {} : { at }) })
      .then((found) => {
        if (found !== undefined) return wordGeneration(asked, found)
        const { document } = request
        throw new GatewayError('NOT_FOUND', `${repository.settings.name} serves no ${document}`, { document })
      })
  }

  function answerArtifact(
    asked: Asked,
    repository: Repository,
    request: ArtifactRequest,
    caller: Caller,
  ): Answer | Promise<Answer> {
    const ready = parts.artifacts.atHand(repository, request)
    if (ready !== undefined) return wordArtifact(asked, repository, request, caller, ready)
    return parts.artifacts
      .serve(repository, request)
      .then((answer) => wordArtifact(asked, repository, request, caller, answer))
  }

  function wordArtifact(
    asked: Asked,
    repository: Repository,
    { path }: ArtifactRequest,
    { label }: Caller,
    answer: ArtifactAnswer,
  ): Answer {
    const { claim } = answer
    const { name } = repository.settings
    if (answer.outcome !== 'approved') {
      parts.refused(asked, claim, answer.verdict, label)
      return refuse(refusalOf(answer.verdict, subjectOf(claim), `${publicUrl}/-/explain/${name}/${path}`))
    }
    parts.ahead(repository, claim)
    const { sha256, body, decidedAt } = answer
    const modified = claim.publishedAt ?? decidedAt
    const worded = respondStored(asked, { sha256, body, modified, contentType: 'application/octet-stream' })
    const { status } = worded
    const token = label === undefined ? {} : { tokenLabel: label }
    parts.served(asked, { repository: name, path, sha256, status, ...token })
    return worded
  }

  async function answerSide(
    { method, query }: Asked,
    repository: Repository,
    request: SideRequest,
    readBody: () => Promise<Uint8Array>,
  ): Promise<Answer> {
    const answer = await parts.side(repository, request, { method, query, body: await readBody() })
    const body = answer.body as string | Uint8Array<ArrayBuffer>
    const headers = {
      'content-type': answer.contentType,
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      ...answer.headers,
    }
    return { status: answer.status, headers: headerList(headers), body }
  }

  function refuseError(path: string, thrown: unknown): Answer {
    const error = asGatewayError(thrown)
    parts.failed(path, error)
    return refuse(refusalOfError(error, `${publicUrl}${safePath(path)}`))
  }

  return (asked, readBody = async () => new Uint8Array()) => {
    const startedAt = performance.now()
    const subject: Subject = { repository: '', kind: 'other' }
    const counted = (answer: Answer) => {
      parts.answered({ ...subject, status: answer.status, seconds: (performance.now() - startedAt) / 1000 })
      return answer
    }
    try {
      const answer = route(asked, readBody, subject)
      if (!(answer instanceof Promise)) return counted(answer)
      return answer.catch((thrown) => refuseError(asked.path, thrown)).then(counted)
    } catch (thrown) {
      return counted(refuseError(asked.path, thrown))
    }
  }
}

function wordGeneration(asked: Asked, { sha256, body, contentType, lastModified }: GenerationAnswer): Answer {
  return respondStored(asked, { sha256, body, contentType, modified: lastModified })
}

function subjectOfRefused({ withheld }: PreparedIndex, key: string): string {
  const [only, ...others] = withheld
  return only !== undefined && others.length === 0 ? subjectOf(only) : `every requested version of ${key}`
}

export function refuse({ status, phrase, headers, body }: Refusal): Answer {
  const length = String(Buffer.byteLength(body))
  return { status, phrase, headers: headerList({ ...headers, 'content-length': length }), body }
}

export function safePath(path: string): string {
  return path.slice(0, 300).replace(/[^\x21-\x7e]/g, '')
}
