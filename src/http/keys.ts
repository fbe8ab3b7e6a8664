// Public signing keys at stable addresses: `/-/keys/sallyport.asc`, `sallyport.gpg`, `sallyport.rsa.pub`, and RSA keys by their name; `/-/keys/` lists them.
import { GatewayError } from '../model/errors.ts'
import { armorTogether, type PublicKeyPair } from '../signing/public-keys.ts'

/** `name` is what follows `/-/keys/`. Throws NOT_SERVED for a name that no key has, SIGNING_FAILED when there are no keys. */
export type KeyRoutes = (name: string) => Promise<Response>

/** Keys that are being retired are exported with the current one: clients that take the file now trust both. */
export function createKeyRoutes(read: () => Promise<readonly PublicKeyPair[]>): KeyRoutes {
  return async (name) => {
    const keys = await read()
    const names = ['sallyport.asc', 'sallyport.gpg', ...keys.map((one) => one.rsa.name)]
    if (name === '') return answer(`${names.join('\n')}\n`, 'text/plain')
    if (name === 'sallyport.asc') return answer(armorTogether(keys), 'application/pgp-keys')
    if (name === 'sallyport.gpg')
      return answer(Buffer.concat(keys.map(({ binary }) => binary)), 'application/pgp-keys')
    if (name === 'sallyport.rsa.pub') return answer(keys[0]?.rsa.pem ?? '', 'application/x-pem-file')
    const rsa = keys.find((one) => one.rsa.name === name)?.rsa
    if (rsa !== undefined) return answer(rsa.pem, 'application/x-pem-file')
    throw new GatewayError('NOT_SERVED', `no such key; there are ${names.join(', ')}`, {
      name: name.slice(0, 100),
    })
  }
}

function answer(body: string | Uint8Array<ArrayBuffer>, contentType: string): Response {
  return new Response(body, { headers: { 'content-type': contentType, 'cache-control': 'no-cache' } })
}
