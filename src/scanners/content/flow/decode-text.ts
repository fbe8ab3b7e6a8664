// What decoders and operators make of texts and numbers that stand in the code.

export function arithmetic(op: string, a: number, b: number): number | undefined {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '^':
      return a ^ b
    case '%':
      return a % b
    default:
      return undefined
  }
}

export function fromCodes(codes: readonly (string | number | undefined)[]): string {
  return codes.map((code) => String.fromCharCode(Number(code))).join('')
}

export function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1')
}

export function fromHex(text: string): string | undefined {
  return /^(?:[0-9a-f]{2}){1,50000}$/i.test(text) ? Buffer.from(text, 'hex').toString('latin1') : undefined
}

export function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (c) => {
    const base = c <= 'Z' ? 65 : 97
    return String.fromCharCode(((c.charCodeAt(0) - base + 13) % 26) + base)
  })
}

export function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
