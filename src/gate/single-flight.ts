// One flight a key: whoever asks for the same thing at the same time gets the same answer.

export interface SingleFlight<Value> {
  /** Joins the running flight of the key, or starts one. A failed flight rejects all that joined it and leaves nothing behind. */
  join(key: string, start: () => Promise<Value>): Promise<Value>
  has(key: string): boolean
  readonly size: number
}

export function createSingleFlight<Value>(): SingleFlight<Value> {
  const flights = new Map<string, Promise<Value>>()
  return {
    join(key, start) {
      const running = flights.get(key)
      if (running !== undefined) return running
      const flight = start().finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
    has: (key) => flights.has(key),
    get size() {
      return flights.size
    },
  }
}
