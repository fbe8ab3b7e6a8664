// The layout of an OSV bucket: one zip an ecosystem, and a list of what changed when.

/** `BASE/ECOSYSTEM/NAME`. */
export function bucketUrl({ base, ecosystem }: { base: string; ecosystem: string }, name: string): string {
  return `${base}/${encodeURIComponent(ecosystem)}/${encodeURIComponent(name)}`
}

export interface BucketChanges {
  /** Ids to fetch, newest first. */
  readonly ids: readonly string[]
  /** Ids of exactly the time of the cursor: a list may have been read while some of them were still to come. */
  readonly same: readonly string[]
  /** Newest time in the list that is not in the future: where to go on. */
  readonly cursor: string
}

const LINE = /^(\d{4}-\d{2}-\d{2}T[\d:.]+Z),(?:[^,]*\/)?([\x21-\x2e\x30-\x7e]{1,200})$/

/**
 * Changes since a cursor from `modified_id.csv`: lines `TIME,ID`, newest first. A time in the future moves no cursor, and its record
 * is fetched each time until then. Undefined when the list is none, which must not look like "nothing changed".
 */
export function changesIn(csv: string, since: string, now: Date): BucketChanges | undefined {
  const lines = csv.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) return undefined
  const ids: string[] = []
  const same: string[] = []
  let cursor = since
  for (const line of lines) {
    const [, time, id] = LINE.exec(line.trim()) ?? []
    if (time === undefined || id === undefined || Number.isNaN(Date.parse(time))) return undefined
    if (Date.parse(time) <= now.getTime() && !isLater(cursor, time)) cursor = time
    if (isLater(time, since)) ids.push(id)
    else if (Date.parse(time) === Date.parse(since)) same.push(id)
  }
  return { ids, same, cursor }
}

function isLater(a: string, b: string): boolean {
  return b === '' ? a !== '' : Date.parse(a) > Date.parse(b)
}
