// A process that writes blobs and ledger rows in a loop and prints each digest once it is committed; made to be killed.
// Arguments: directory, name of the writer, number of rounds.
import { join } from 'node:path'
import { openBlobStore, openLedger } from '../../src/storage/all.ts'
import { bodyOf, patternBytes } from './bytes.ts'
import { claimOf, evidenceOf, verdictOf } from './ledger-facts.ts'

const [directory = '', writer = '', rounds = '0'] = process.argv.slice(2)
const blobs = await openBlobStore(`file:${join(directory, 'blobs')}`)
const ledger = await openLedger(`sqlite:${join(directory, 'ledger.sqlite')}`)

for (let round = 0; round < Number(rounds); round += 1) {
  const name = `${writer}-${round}`
  const bytes = patternBytes(200_000 + round, round * 1000 + writer.length)
  const { sha256, sizeBytes } = await blobs.put(bodyOf(bytes.subarray(0, 90_000), bytes.subarray(90_000)), {
    maxBytes: 1_000_000,
  })
  const claim = claimOf({ name, digests: { sha256 } })
  await ledger.replaceClaims('npm', name, [claim])
  await ledger.linkArtifact(claim, sha256, sizeBytes)
  await ledger.recordVerdict(claim, evidenceOf({ sha256 }), verdictOf({ sha256 }))
  process.stdout.write(`${sha256} ${claim.path}\n`)
}
await ledger.close()
await blobs.close()
