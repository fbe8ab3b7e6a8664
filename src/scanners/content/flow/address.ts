// Tells addresses outside this machine from other texts.

const HOST_NAME = /^(?:[\w-]{1,60}\.){1,5}[a-z][a-z0-9-]{1,20}(?:[:/]|$)|^\d{1,3}(?:\.\d{1,3}){3}(?:[:/]|$)/i
const LOOPBACK = /^(?:localhost$|127\.|0\.0\.0\.0$|\[?::1)|\.local$/i
/** Beside this machine, what is more likely the name of a file. */
const LOCAL = /^(?:localhost|127\.|0\.0\.0\.0|\[?::1)|\.(?:js|py|json|html?|md|css|txt|node|local)$/i
/** `a.test` is a file as well; without `http` only a longer name under a reserved one stands for a host. */
const RESERVED = /^[\w-]{1,60}\.(?:test|example)$/i

const MAIL = /^[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,3}$/

/** A mail address, a URL, or a bare host name or IP address, that is not this machine. */
export function isAddress(text: string): boolean {
  if (MAIL.test(text)) return true
  const url = /^(?:https?|wss?|ftp):\/\/([^/:\s]{1,250})/i.exec(text)
  const host = url ? (url[1] ?? '') : text
  return url
    ? host.length > 1 && !LOOPBACK.test(host)
    : !LOCAL.test(host) && !RESERVED.test(host) && HOST_NAME.test(text)
}

const IP = /^(?:[a-z]{2,6}:\/\/)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:[:/]|$)/i

/** An IPv4 address that routers carry. Documentation ranges count as public: here they stand for real ones. */
export function isPublicIp(text: string): boolean {
  const match = IP.exec(text)
  if (!match) return false
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1).map(Number)
  if (a > 223 || a === 0 || a === 10 || a === 127 || [b, c, d].some((part) => part > 255)) return false
  if ((a === 192 && b === 168) || (a === 172 && b >= 16 && b < 32) || (a === 169 && b === 254)) return false
  return !['1.1.1.1', '1.0.0.1', '8.8.8.8', '8.8.4.4', '1.2.3.4'].includes(`${a}.${b}.${c}.${d}`)
}
