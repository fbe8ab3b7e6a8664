// Messages between gateway and examiner: one JSON document a line, in both directions, with a limit on its length.
// JSON over a pipe and not Node's IPC: the parent must be able to bound what a hostile child sends before it parses it.

const NEWLINE = 0x0a

/** Collects chunks into lines. Throws RangeError when a line grows past the limit. */
export function createLineReader(maxBytes: number, onLine: (line: string) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = []
  let size = 0

  return (chunk) => {
    let rest = chunk
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      const line = Buffer.concat([...pending, rest.subarray(0, end)])
      if (line.length > maxBytes) throw new RangeError(`a message of more than ${maxBytes} bytes`)
      pending = []
      size = 0
      onLine(line.toString('utf8'))
      rest = rest.subarray(end + 1)
    }
    if (rest.length === 0) return
    size += rest.length
    if (size > maxBytes) throw new RangeError(`a message of more than ${maxBytes} bytes`)
    pending.push(rest)
  }
}

/** JSON leaves no raw line break inside a document. */
export function frame(message: unknown): string {
  return `${JSON.stringify(message)}\n`
}
