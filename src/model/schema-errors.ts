// What a JSON Schema validator says, for people: the key, the value, and what is allowed.

/** The part of a validator's error that is told; the shape is that of ajv with `verbose`. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
  /** The value at fault, and its schema's description. */
  readonly data?: unknown
  readonly parentSchema?: { readonly [key: string]: unknown }
}

// Errors of these only say that something inside them failed, which has an error of its own.
const WRAPPERS = new Set(['if', 'anyOf', 'oneOf', 'allOf', 'not'])

/** How a value may be repeated: its text, or another for what is secret. */
export type ShowValue = (key: string, text: string) => string

/** One line a problem, without repetition. */
export function tellSchemaErrors(
  errors: readonly SchemaError[],
  show: ShowValue = (_key, text) => text,
): string[] {
  const inner = errors.filter(({ keyword }) => !WRAPPERS.has(keyword))
  const told = (inner.length > 0 ? inner : errors).filter((error) => !isOtherAlternative(error, inner))
  return [...new Set(told.map((error) => tell(error, show)))]
}

/** A value that may be a text or an object fails both ways: only the way that it was written in is told. */
function isOtherAlternative(error: SchemaError, all: readonly SchemaError[]): boolean {
  if (error.keyword !== 'type') return false
  const { instancePath } = error
  return all.some(
    (other) =>
      (other.instancePath === instancePath && other.keyword !== 'type') ||
      other.instancePath.startsWith(`${instancePath}/`),
  )
}

function tell(error: SchemaError, show: ShowValue): string {
  const key = dotted(error.instancePath)
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties':
      return `${join(key, String(params['additionalProperty']))}: unknown key; allowed here: ${allowedKeys(error)}`
    case 'required':
      return `${join(key, String(params['missingProperty']))}: missing`
    case 'enum':
      return `${key}: ${shown(error, show)} is not one of ${listOf(params['allowedValues'])}`
    case 'const':
      return `${key}: ${shown(error, show)} is not ${JSON.stringify(params['allowedValue'])}`
    default: {
      const described = error.parentSchema?.['description']
      const said = error.keyword === 'pattern' ? 'is not allowed' : (error.message ?? 'is not allowed')
      const hint = typeof described === 'string' ? `; allowed: ${described}` : ''
      return `${key || 'the document'}: ${shown(error, show)} ${said}${hint}`
    }
  }
}

function shown(error: SchemaError, show: ShowValue): string {
  const key = error.instancePath.split('/').findLast((part) => !/^\d+$/.test(part)) ?? ''
  // What lies inside an object or a list may be secret, and has complaints of its own.
  if (typeof error.data === 'object' && error.data !== null)
    return Array.isArray(error.data) ? 'a list' : 'an object'
  const text = show(key, JSON.stringify(error.data) ?? 'nothing')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function allowedKeys(error: SchemaError): string {
  const properties = error.parentSchema?.['properties']
  return typeof properties === 'object' && properties !== null ? Object.keys(properties).join(', ') : 'none'
}

function listOf(values: unknown): string {
  return Array.isArray(values)
    ? values.map((value) => JSON.stringify(value)).join(', ')
    : 'the allowed values'
}

/** `/repositories/0/upstreams/1` to `repositories[0].upstreams[1]` (JSON pointer, RFC 6901). */
function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '')
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
