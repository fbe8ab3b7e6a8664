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

/** One line a problem, without repetition. `isSecret` tells the keys whose values must not be repeated. */
export function tellSchemaErrors(
  errors: readonly SchemaError[],
  isSecret: (key: string) => boolean = () => false,
): string[] {
  const told = errors.filter(({ keyword }) => !WRAPPERS.has(keyword))
  return [...new Set((told.length > 0 ? told : errors).map((error) => tell(error, isSecret)))]
}

function tell(error: SchemaError, isSecret: (key: string) => boolean): string {
  const key = dotted(error.instancePath)
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties':
      return `${join(key, String(params['additionalProperty']))}: unknown key; allowed here: ${allowedKeys(error)}`
    case 'required':
      return `${join(key, String(params['missingProperty']))}: missing`
    case 'enum':
      return `${key}: ${shown(error, isSecret)} is not one of ${listOf(params['allowedValues'])}`
    case 'const':
      return `${key}: ${shown(error, isSecret)} is not ${JSON.stringify(params['allowedValue'])}`
    default: {
      const described = error.parentSchema?.['description']
      const hint = typeof described === 'string' ? ` (${described})` : ''
      return `${key || 'the document'}: ${shown(error, isSecret)} ${error.message ?? 'is not allowed'}${hint}`
    }
  }
}

function shown(error: SchemaError, isSecret: (key: string) => boolean): string {
  const key = error.instancePath.split('/').findLast((part) => !/^\d+$/.test(part)) ?? ''
  if (isSecret(key)) return 'the value'
  const text = JSON.stringify(error.data) ?? 'nothing'
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
