// Which way a request takes: a plain question for a package straight to its answer, everything else through the router.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Answer } from './answer.ts'
import { askedBySocket } from './asked.ts'
import type { Edge } from './edge.ts'
import { refusalOfError } from './refusal.ts'
import { sendAnswer } from './send-answer.ts'

// The gateway's own pages; no repository is mounted there.
const OWN_PREFIX = '/-'
// What makes a valid URL whatever a parser thinks of it: no backslash, nothing outside printable ASCII, a host of letters and digits.
const PLAIN_TARGET = /^\/[!-[\]-~]*$/
const PLAIN_HOST = /^[a-z0-9._-]+(?::(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}))?$/

/**
 * A warm answer costs most by what is built around it: a web Request and Response are more work than everything the gateway does to
 * decide. So GET and HEAD of a repository, spelled plainly, are answered by `edge.packages` from the raw request. The router calls
 * the same function for those it gets, so that both ways decide alike.
 */
export function createRequestListener(edge: Edge, publicUrl: string): RequestListener {
  const throughRouter = getRequestListener(edge.app.fetch, { errorHandler: () => notAUrl(publicUrl) })
  return (incoming, outgoing) => {
    if (!isPlain(incoming)) {
      void throughRouter(incoming, outgoing)
      return
    }
    const answer = edge.packages(askedBySocket(incoming))
    if (answer instanceof Promise) void answer.then((late) => send(edge, incoming, outgoing, late))
    else send(edge, incoming, outgoing, answer)
  }
}

function isPlain({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    !url.startsWith(OWN_PREFIX) &&
    PLAIN_TARGET.test(url) &&
    PLAIN_HOST.test(headers.host ?? '') &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  )
}

/** What node:http does not take (an upstream's words in a header) is a failure of ours, and told. */
function send(edge: Edge, { url = '' }: IncomingMessage, outgoing: ServerResponse, answer: Answer): void {
  try {
    sendAnswer(outgoing, answer)
  } catch (thrown) {
    edge.failed(url, asGatewayError(thrown))
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(500, ['content-length', '0']).end()
  }
}

/** What no URL parser takes never reaches the app: a backslash in the path, a Host header that is none. */
function notAUrl(publicUrl: string): Response {
  const error = new GatewayError('BAD_REQUEST', 'the path and the Host header do not make a valid URL')
  const { status, headers, body } = refusalOfError(error, publicUrl)
  return new Response(body, { status, headers })
}
