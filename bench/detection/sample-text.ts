// How samples hide texts: the encodings that attackers use, applied to inert payloads.

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

export function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

export function escaped(text: string): string {
  return [...text].map((c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
}

export function numbers(text: string, key = 0): string {
  return [...text].map((c) => c.charCodeAt(0) ^ key).join(',')
}

export function reversed(text: string): string {
  return [...text].reverse().join('')
}

/** What the obfuscators of the trade make of a string array, with nothing in it. */
export function obfuscated(payload: string): string {
  const words = [...base64(payload)]
    .map((_, i) => `'${base64(payload).slice(i * 6, i * 6 + 6)}'`)
    .filter((w) => w !== "''")
  return (
    `const _0x3a1f=_0x5b2c;(function(_0x1c2d,_0x4e5f){const _0x2a3b=_0x5b2c,_0x6c7d=_0x1c2d();while(!![]){try{` +
    `const _0x8e9f=-parseInt(_0x2a3b(0x1a1))/0x1+parseInt(_0x2a3b(0x1a2))/0x2*(parseInt(_0x2a3b(0x1a3))/0x3);` +
    `if(_0x8e9f===_0x4e5f)break;else _0x6c7d['push'](_0x6c7d['shift']());}catch(_0x1f2e){_0x6c7d['push'](_0x6c7d['shift']());}}}(_0x2f3e,0x4b1d2));` +
    `function _0x2f3e(){const _0x9a8b=[${words.join(',')}];_0x2f3e=function(){return _0x9a8b;};return _0x2f3e();}` +
    `function _0x5b2c(_0x7d6c,_0x5e4f){const _0x3b2a=_0x2f3e();return _0x5b2c=function(_0x1a0b,_0x2c1d){_0x1a0b=_0x1a0b-0x1a1;let _0x4f3e=_0x3b2a[_0x1a0b];return _0x4f3e;},_0x5b2c(_0x7d6c,_0x5e4f);}` +
    `const _0x1b2c=require(_0x3a1f(0x1a4)),_0x3d4e=_0x1b2c[_0x3a1f(0x1a5)](_0x3a1f(0x1a6));`
  )
}
