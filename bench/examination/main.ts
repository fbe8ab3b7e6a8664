// How fast and in how much memory artifacts are examined: `node bench/examination/main.ts DIRECTORY [--every N]`.
import { parseArgs } from 'node:util'
import { downloadsBelow } from '../support/examine-downloads.ts'
import { timeArtifacts } from './artifacts.ts'
import { measureLanguages } from './languages.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: 'string', default: '1' }, only: { type: 'string', default: '' } },
})
const [root] = positionals
if (root === undefined) throw new Error('name the folder with the downloads')

const downloads = await downloadsBelow(root, Number(values.every))
if (values.only !== 'languages') await timeArtifacts(downloads)
if (values.only !== 'artifacts') await measureLanguages(downloads)
