// Questions beside index and artifact: passed to the upstream without anything of the client's but the question itself.
import type { SideAnswer, SideContext } from '../ecosystems/ecosystem.ts'
import { GatewayError } from '../model/errors.ts'
import type { SideRequest } from '../model/request.ts'
import type { UpstreamClient } from '../upstream/upstream.ts'
import type { AuditAnswers } from './audit-answers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'

export interface SideQuestion {
  readonly method: string
  readonly query: string
  readonly body: Uint8Array
}

export type SideDoor = (
  repository: Repository,
  request: SideRequest,
  question: SideQuestion,
) => Promise<SideAnswer>

const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export function createSideDoor(parts: {
  readonly upstream: UpstreamClient
  readonly judges: JudgeSource
  readonly advisories: AuditAnswers
}): SideDoor {
  return (repository, request, question) => {
    const { settings, ecosystem } = repository
    const context: SideContext = {
      settings,
      ...question,
      pass: (path, init) => passOn(parts.upstream, `${settings.upstreams[0]}${path}`, init),
      withheldNames: (names) => parts.judges.withheldNames(settings, names),
      advisories: (versions) => parts.advisories(settings.type, versions),
    }
    return ecosystem.answerSide(request.name, request.parameters, context)
  }
}

async function passOn(
  upstream: UpstreamClient,
  url: string,
  init: Parameters<SideContext['pass']>[1] = {},
): Promise<{ contentType: string; body: Uint8Array } | undefined> {
  try {
    const { headers, body } = await upstream.request({
      url,
      method: init.method ?? 'GET',
      headers: {
        'accept-encoding': 'gzip',
        ...(init.contentType === undefined ? {} : { 'content-type': init.contentType }),
        ...(init.contentEncoding === undefined ? {} : { 'content-encoding': init.contentEncoding }),
      },
      ...(init.body === undefined ? {} : { body: init.body }),
      maxBytes: init.maxBytes ?? MAX_ANSWER_BYTES,
      clientsQuestion: true,
    })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return { contentType: headers['content-type'] ?? 'application/octet-stream', body: Buffer.concat(chunks) }
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'NOT_FOUND') return undefined
    throw thrown
  }
}
