// Upstreams as written into upstreams as used: the URL without credentials, the credentials secret.
import { Buffer } from 'node:buffer'
import { Secret } from '../model/secret.ts'
import type { UpstreamConfig } from './config.ts'
import type { UpstreamDocument } from './document.ts'

/** Ways to log in at a URL, as written; at most one of authorization, token and username. */
export interface CredentialsDocument {
  readonly authorization?: string
  readonly token?: string
  readonly username?: string
  readonly password?: string
}

/** One upstream of the file; user and password in the URL become its credentials. */
export function resolveUpstream(written: string | UpstreamDocument, origin: string): UpstreamConfig {
  const document = typeof written === 'string' ? { url: written } : written
  return upstreamFromUrl(document.url, origin, {
    private: document.private ?? false,
    authorization: authorizationOf(document),
  })
}

/** Splits a URL; credentials given beside it win over those inside. Throws TypeError when it is no http or https URL. */
export function upstreamFromUrl(
  text: string,
  origin: string,
  extra: { private?: boolean; authorization?: Secret | undefined } = {},
): UpstreamConfig {
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('not an http or https URL')
  const inside =
    url.username === '' && url.password === ''
      ? undefined
      : basicAuthorization(decodeURIComponent(url.username), decodeURIComponent(url.password))
  const authorization = extra.authorization ?? inside
  return {
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    private: extra.private ?? false,
    origin,
    ...(authorization === undefined ? {} : { authorization }),
  }
}

/** The header's value for credentials given beside a URL. */
export function authorizationOf(document: CredentialsDocument): Secret | undefined {
  if (document.authorization !== undefined) return new Secret(document.authorization)
  if (document.token !== undefined) return bearerAuthorization(document.token)
  if (document.username === undefined) return undefined
  return basicAuthorization(document.username, document.password ?? '')
}

export function bearerAuthorization(token: string): Secret {
  return new Secret(`Bearer ${token}`)
}

/** RFC 7617, UTF-8. */
export function basicAuthorization(username: string, password: string): Secret {
  return new Secret(`Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`)
}

/** More than one way to log in at one upstream is a mistake that would pick one in silence. */
export function upstreamProblems(key: string, written: string | UpstreamDocument): readonly string[] {
  const document = typeof written === 'string' ? { url: written } : written
  if (!URL.canParse(document.url)) return [`${key}: is not a URL`]
  const ways = waysToLogIn(document)
  return ways.length > 1 ? [`${key}: gives ${ways.join(' and ')}; allowed is one of them`] : []
}

export function waysToLogIn(document: CredentialsDocument): readonly (keyof CredentialsDocument)[] {
  return (['authorization', 'token', 'username'] as const).filter((way) => document[way] !== undefined)
}
