// Everything an upstream can do wrong, each as one function to `spoil` a path with.
import type { ServerResponse } from 'node:http'
import type { Answer, Fault } from './loopback-upstream.ts'

const ENDLESS_LIMIT_BYTES = 4 * 1024 * 1024 * 1024

export function status(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return (response) => {
    response
      .writeHead(code, { 'content-type': 'application/json', ...headers })
      .end(`{"error":"upstream ${code}"}`)
  }
}

/** 200 with other bytes of the same length. */
export const otherBytes: Fault = (response, answer) => {
  const body = Buffer.alloc(answer?.body.byteLength ?? 16, 0x2e)
  head(response, answer).end(body)
}

export const body =
  (bytes: Uint8Array | string): Fault =>
  (response, answer) => {
    response.writeHead(200, { 'content-type': answer?.contentType ?? 'application/octet-stream' }).end(bytes)
  }

/** Promises the whole length, sends half and cuts the connection. */
export const truncated: Fault = (response, answer) => {
  const whole = answer?.body ?? Buffer.alloc(1024)
  response.writeHead(200, {
    'content-type': answer?.contentType ?? 'application/octet-stream',
    'content-length': whole.byteLength,
  })
  response.write(whole.subarray(0, whole.byteLength >> 1), () => response.destroy())
}

/** Half of the bytes as a complete chunked answer: nothing but a digest can tell. */
export const halved: Fault = (response, answer) => {
  const whole = answer?.body ?? Buffer.alloc(1024)
  response.writeHead(200, { 'content-type': answer?.contentType ?? 'application/octet-stream' })
  response.end(whole.subarray(0, whole.byteLength >> 1))
}

/** Sends as fast as the other side reads, and never ends by itself before 4 GiB. */
export const endless: Fault = (response, answer) => {
  response.writeHead(200, { 'content-type': answer?.contentType ?? 'application/octet-stream' })
  const chunk = Buffer.alloc(1024 * 1024, 0x20)
  let sent = 0
  const pump = () => {
    while (sent < ENDLESS_LIMIT_BYTES && !response.destroyed) {
      sent += chunk.byteLength
      if (!response.write(chunk)) return void response.once('drain', pump)
    }
    response.end()
  }
  pump()
}

/** One byte every `everyMs`. */
export function drip(everyMs: number): Fault {
  return (response, answer) => {
    const whole = answer?.body ?? Buffer.alloc(1024)
    head(response, answer)
    let at = 0
    const timer = setInterval(() => {
      if (at >= whole.byteLength) response.end()
      else response.write(whole.subarray(at, ++at))
    }, everyMs)
    response.once('close', () => clearInterval(timer))
  }
}

/** Accepts the request and never answers. */
export const silent: Fault = () => {}

/** Closes the connection without a byte. */
export const hangUp: Fault = (response) => {
  response.socket?.destroy()
}

export function redirect(to: string, code = 302): Fault {
  return (response) => {
    response.writeHead(code, { location: to }).end()
  }
}

/** The right answer without validators. */
export const noValidators: Fault = (response, answer) => {
  if (answer === undefined) status(404)(response, answer, response.req)
  else response.writeHead(200, { 'content-type': answer.contentType }).end(answer.body)
}

/** Waits, then answers as it should. */
export function late(ms: number): Fault {
  return (response, answer) => {
    const timer = setTimeout(() => {
      if (answer === undefined) status(404)(response, answer, response.req)
      else head(response, answer).end(answer.body)
    }, ms)
    response.once('close', () => clearTimeout(timer))
  }
}

function head(response: ServerResponse, answer: Answer | undefined): ServerResponse {
  return response.writeHead(200, {
    'content-type': answer?.contentType ?? 'application/octet-stream',
    ...(answer === undefined ? {} : { 'content-length': answer.body.byteLength }),
    ...answer?.headers,
  })
}
