// Works out constant texts and numbers: joined pieces, character codes, base64, hex and reversed literals.

import { arithmetic, fromBase64, fromCodes, fromHex, rot13, unescapePercent } from './decode-text.ts'
import {
  argumentNow,
  foldComprehension,
  foldLocalCall,
  foldMap,
  isInCall,
  itemNow,
  mayGoOn,
} from './fold-calls.ts'
import { ExprMemo } from './memo.ts'
import type { CallExpr, Expr, MemberExpr } from './program.ts'
import { pathOf } from './resolve.ts'
import { valuesOf } from './values.ts'

const MAX_HOPS = 60
const MAX_LENGTH = 200_000

export type Constant = string | number | undefined

export interface Folded {
  readonly value: Constant
  readonly list?: readonly (string | number)[]
}

/** The constant that an expression comes to, or undefined. Hops bound the recursion. */
export function constantOf(expr: Expr, hops = 0): Constant {
  const { value } = fold(expr, hops)
  return typeof value === 'string' && value.length > MAX_LENGTH ? undefined : value
}

/** Whether a decoder, and not only joining, made the constant: a name or address that was meant to be hidden. */
export function isHiddenConstant(expr: Expr, hops = 0): boolean {
  if (hops > MAX_HOPS) return false
  switch (expr.kind) {
    case 'text':
      return expr.escaped === true
    case 'name':
      return expr.scope.valuesOf(expr.name).some((value) => isHiddenConstant(value, hops + 1))
    case 'mix':
      return expr.op === 'reverse' || expr.parts.some((part) => isHiddenConstant(part, hops + 1))
    case 'call':
      return isDecoding(expr, hops)
    case 'member':
      return isHiddenConstant(expr.of, hops + 1)
    case 'function':
      return expr.body.returns.some((returned) => callsDecoder(returned, 0))
    case 'list':
      return expr.items.slice(0, 200).some((item) => isHiddenConstant(item, hops + 1))
    default:
      return false
  }
}

const DECODING =
  /(?:^|\.)(?:atob|fromCharCode|fromCodePoint|chr|fromhex|unhexlify|a2b_\w+|\w*b(?:16|32|64|85)decode|decodebytes|unescape|rot13)$|^codecs\.decode$|^bytes$|^bytearray$|^Buffer(?:\.from)?$/

/** A function that a list is mapped by: `(x) => Buffer.from(x, 'hex').toString()`. */
function callsDecoder(expr: Expr, depth: number): boolean {
  if (depth > 6) return false
  if (expr.kind === 'mix') return expr.parts.some((part) => callsDecoder(part, depth + 1))
  if (expr.kind !== 'call') return false
  const path = pathOf(expr.callee)
  if (path !== undefined && DECODING.test(path)) return true
  const receiver = expr.callee.kind === 'member' ? [expr.callee.of] : []
  return [...receiver, ...expr.args].some((part) => callsDecoder(part, depth + 1))
}

/** A decoder that gives a constant, or a call on one: `.toString()`, `.join('')`. */
function isDecoding(call: CallExpr, hops: number): boolean {
  const { value, list } = fold(call, hops)
  if (value === undefined && !list) return false
  const path = pathOf(call.callee, hops + 1)
  const isBuffer = path !== undefined && /^(?:Buffer|bytes|bytearray)/.test(path)
  const [first] = call.args
  if (
    path !== undefined &&
    DECODING.test(path) &&
    !(isBuffer && call.args.length < 2 && first?.kind === 'text')
  )
    return true
  const receiver = call.callee.kind === 'member' ? [call.callee.of] : []
  return [...receiver, ...call.args].some((part) => isHiddenConstant(part, hops + 1))
}

export const NONE: Folded = { value: undefined }

/** Every expression is worked out once: the work stays linear, and a value made of itself is none. */
const known = new ExprMemo<Folded>()

/** As `constantOf`, lists included. */
export function fold(expr: Expr, hops: number): Folded {
  if (hops > MAX_HOPS) return NONE
  if (expr.kind === 'text' || expr.kind === 'number') return { value: expr.value }
  // Inside a call nothing is remembered: the next call passes other values.
  if (isInCall()) return mayGoOn() ? foldOnce(expr, hops) : NONE
  let folded = known.get(expr)
  if (!folded) {
    known.set(expr, NONE)
    folded = foldOnce(expr, hops)
    known.set(expr, folded)
  }
  return folded
}

function foldOnce(expr: Expr, hops: number): Folded {
  switch (expr.kind) {
    case 'list':
      return foldList(expr.items, hops)
    case 'name': {
      const values = expr.scope.valuesOf(expr.name).filter((value) => !isPart(value))
      return values.length === 1 && values[0] ? fold(values[0], hops + 1) : NONE
    }
    case 'mix':
      return expr.op === 'item' ? itemNow(expr) : foldMix(expr.op, expr.parts, hops)
    case 'member':
      return foldMember(expr, hops)
    case 'call':
      return foldCall(expr, hops)
    case 'parameter':
      return argumentNow(expr.owner, expr.index)
    default:
      return NONE
  }
}

function foldList(items: readonly Expr[], hops: number): Folded {
  // An empty list is filled later, where this does not look.
  if (items.length === 0 || items.length > 20_000) return NONE
  const list: (string | number)[] = []
  for (const item of items) {
    const value = constantOf(item, hops + 1)
    if (value === undefined) return NONE
    list.push(value)
  }
  return { value: undefined, list }
}

function foldMix(op: string, parts: readonly Expr[], hops: number): Folded {
  if (op === 'await' || op === 'group') return parts[0] ? fold(parts[0], hops + 1) : NONE
  const values = parts.map((part) => constantOf(part, hops + 1))
  if (values.some((value) => value === undefined)) return NONE
  const [a, b] = values
  if (op === 'template' || (op === '+' && values.some((value) => typeof value === 'string'))) {
    return { value: values.join('') }
  }
  if (op === 'reverse' && typeof a === 'string') return { value: [...a].reverse().join('') }
  if (op === '*' && typeof a === 'string' && typeof b === 'number' && b * a.length < 10_000)
    return { value: a.repeat(Math.max(0, Math.floor(b))) }
  if (typeof a !== 'number') return NONE
  if (op === '-' && b === undefined) return { value: -a }
  return typeof b === 'number' ? { value: arithmetic(op, a, b) } : NONE
}

/** What is added to a value later is no other value. */
function isPart(value: Expr): boolean {
  return value.kind === 'mix' && value.op === 'part'
}

function foldMember(expr: MemberExpr, hops: number): Folded {
  const { of, property } = expr
  const key = constantOf(property, hops + 1)
  const index = typeof key === 'string' && /^\d{1,6}$/.test(key) ? Number(key) : key
  const base = fold(of, hops + 1)
  if (typeof index === 'number') {
    if (base.list) return { value: base.list[index] }
    return typeof base.value === 'string' ? { value: base.value[index] } : NONE
  }
  if (of.kind === 'record') {
    const entry = of.entries.find(([name]) => name === key)
    return entry ? fold(entry[1], hops + 1) : NONE
  }
  const [value, ...others] = valuesOf(expr)
  return value && value !== expr && others.length === 0 ? fold(value, hops + 1) : NONE
}

function foldCall(call: CallExpr, hops: number): Folded {
  const method = call.callee.kind === 'member' ? constantOf(call.callee.property, hops + 1) : undefined
  if (call.callee.kind === 'member' && typeof method === 'string') {
    const receiver = fold(call.callee.of, hops + 1)
    const folded = foldMethod(method, receiver, call, hops)
    if (folded) return folded
  }
  const path = pathOf(call.callee, hops + 1)
  const folded = path === undefined ? NONE : foldFunction(path, call, hops)
  return folded.value === undefined && !folded.list ? foldLocalCall(call, hops) : folded
}

function foldMethod(method: string, receiver: Folded, call: CallExpr, hops: number): Folded | undefined {
  const { value, list } = receiver
  const first = call.args[0] ? fold(call.args[0], hops + 1) : NONE
  if (list) {
    if (method === 'join') return { value: list.join(typeof first.value === 'string' ? first.value : ',') }
    if (method === 'reverse') return { value: undefined, list: list.toReversed() }
    return method === 'map' ? foldMap(list, call, hops) : undefined
  }
  if (typeof value !== 'string') return undefined
  switch (method) {
    case 'join':
      return joined(
        value,
        first.list ?? (call.args[0] && foldComprehension(call.args[0], hops, call.scope).list),
      )
    case 'split':
      return typeof first.value === 'string'
        ? { value: undefined, list: value.split(first.value) }
        : undefined
    case 'replace':
    case 'replaceAll':
      return replaced(value, first.value, call.args[1] && constantOf(call.args[1], hops + 1))
    case 'toString':
      return { value: decodeBytes(value, first.value) }
    case 'decode':
    case 'encode':
    case 'trim':
    case 'strip':
    case 'valueOf':
      return decodedBy(value, first.value)
    case 'concat':
      return typeof first.value === 'string' ? { value: value + first.value } : undefined
    case 'toLowerCase':
    case 'lower':
      return { value: value.toLowerCase() }
    default:
      return undefined
  }
}

function joined(by: string, list: readonly (string | number)[] | undefined): Folded | undefined {
  return list ? { value: list.join(by) } : undefined
}

function replaced(value: string, from: Constant, to: Constant): Folded | undefined {
  return typeof from === 'string' && from !== '' && typeof to === 'string'
    ? { value: value.replaceAll(from, to) }
    : undefined
}

/** Text of a buffer that we keep as text already; hex and base64 asked for here would encode. */
function decodeBytes(value: string, encoding: Constant): Constant {
  return encoding === undefined || /^(?:utf-?8|ascii|latin1|binary)$/i.test(String(encoding))
    ? value
    : undefined
}

function decodedBy(value: string, codec: Constant): Folded {
  if (codec === 'rot13' || codec === 'rot_13') return { value: rot13(value) }
  if (codec === 'hex') return { value: fromHex(value) }
  if (codec === 'base64') return { value: fromBase64(value) }
  return { value }
}

function foldFunction(path: string, call: CallExpr, hops: number): Folded {
  const [first = NONE, second = NONE] = call.args.slice(0, 2).map((arg) => fold(arg, hops + 1))
  const { value, list } = first
  if (/(?:^|\.)fromCharCode$|(?:^|\.)fromCodePoint$|^chr$/.test(path)) {
    const codes = call.args.map((arg) => constantOf(arg, hops + 1))
    return codes.every((code) => typeof code === 'number') ? { value: fromCodes(codes) } : NONE
  }
  if (
    /^bytes$|^bytearray$|Buffer\.from$|Uint8Array/.test(path) &&
    list?.every((code) => typeof code === 'number')
  )
    return { value: fromCodes(list) }
  if (typeof value !== 'string') return NONE
  if (/(?:^|\.)Buffer(?:\.from)?$/.test(path)) return decodedBy(value, second.value)
  if (
    /^(?:atob|base-64\.decode)$|(?:^|\.)(?:b64decode|urlsafe_b64decode|decodebytes|standard_b64decode|a2b_base64)$/.test(
      path,
    )
  )
    return { value: fromBase64(value) }
  if (/(?:^|\.)(?:fromhex|unhexlify|a2b_hex)$/.test(path)) return { value: fromHex(value) }
  if (/^codecs\.decode$/.test(path)) return decodedBy(value, second.value)
  if (/^(?:decodeURIComponent|unescape|urllib\.parse\.unquote)$/.test(path))
    return { value: unescapePercent(value) }
  if (/^(?:String|str|bytes|bytearray|reversed)$/.test(path))
    return { value: path === 'reversed' ? [...value].reverse().join('') : value }
  return NONE
}
