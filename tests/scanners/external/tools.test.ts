// Adapters of other programs: the real program where this machine has it, and stand-ins for every way to fail.
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArtifactClaim, PurlType } from '../../../src/model/claim.ts'
import type { Finding } from '../../../src/model/finding.ts'
import type { CopyPiece, ExamineJob } from '../../../src/scanners/examination.ts'
import type { ExternalScanner, NothingToDo } from '../../../src/scanners/external/adapter.ts'
import { EXTERNAL_TOOLS } from '../../../src/scanners/external/all.ts'
import { bandit } from '../../../src/scanners/external/bandit.ts'
import { clamscan } from '../../../src/scanners/external/clamscan.ts'
import { type CommandTool, commandTool } from '../../../src/scanners/external/command-tool.ts'
import { safePath } from '../../../src/scanners/external/copies.ts'
import { eslint } from '../../../src/scanners/external/eslint.ts'
import { grype } from '../../../src/scanners/external/grype.ts'
import { guarddog } from '../../../src/scanners/external/guarddog.ts'
import { npmAudit } from '../../../src/scanners/external/npm-audit.ts'
import { pipAudit } from '../../../src/scanners/external/pip-audit.ts'
import { findProgram } from '../../../src/scanners/external/program.ts'
import { syft } from '../../../src/scanners/external/syft.ts'
import { trivy } from '../../../src/scanners/external/trivy.ts'
import { trufflehog } from '../../../src/scanners/external/trufflehog.ts'
import { EICAR } from '../../support/clamd.ts'

let directory = ''
const before = new Set<string>()
beforeAll(async () => {
  for (const name of await readdir(tmpdir())) before.add(name)
  directory = await mkdtemp(join(tmpdir(), 'sallyport-tools-'))
})
afterAll(() => rm(directory, { recursive: true }))

const programs = (process.env['PATH'] ?? '').split(':')
const installed = {
  bandit: await findProgram(['bandit'], programs),
  eslint: await findProgram(['eslint'], programs),
  guarddog: await findProgram(['guarddog'], programs),
  clamscan: await findProgram(['clamscan'], programs),
  syft: await findProgram(['syft'], programs),
  grype: await findProgram(['grype'], programs),
  trivy: await findProgram(['trivy'], programs),
}

function claimOf(type: PurlType): ArtifactClaim {
  const common = { repository: type, path: 'x', indexKey: 'x', url: 'https://upstream.test/x', digests: {} }
  return { ...common, type, name: 'sample', version: '1.0.0', facts: { distribution: 'debian-12' } }
}

async function run(
  scanner: ExternalScanner,
  files: Readonly<Record<string, string>>,
  change: Partial<ExamineJob> = {},
): Promise<readonly Finding[] | NothingToDo> {
  const location = join(directory, 'artifact')
  await writeFile(location, 'the artifact')
  const type = change.type ?? 'pypi'
  const job = {
    location,
    fileName: 'sample-1.0.0.tar.gz',
    sizeBytes: 1,
    digests: { sha256: '00' },
    type,
    claim: claimOf(type),
    ...change,
  }
  const external = scanner.start(job, new AbortController().signal)
  try {
    for (const piece of piecesOf(files)) await external.copy?.(piece)
    return await external.finish()
  } finally {
    await external.abandon()
  }
}

function piecesOf(files: Readonly<Record<string, string>>): CopyPiece[] {
  return Object.entries(files).flatMap(([path, text], file) => [
    { file, path, bytes: Buffer.from(text.slice(0, 3)), last: false },
    { file, path, bytes: Buffer.from(text.slice(3)), last: true },
  ])
}

async function rules(outcome: ReturnType<typeof run>): Promise<string[]> {
  const found = await outcome
  if ('skipped' in found) return [`skipped: ${found.skipped}`]
  return found.map((finding) => `${finding.severity} ${finding.rule} ${finding.file ?? ''}`.trim())
}

/** A program that prints this and ends so; what it is told goes to a file beside it. */
async function standIn(script: string): Promise<string> {
  const path = join(directory, `stand-in-${Math.random().toString(36).slice(2)}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

const says = (stdout: string, exitCode = 0, stderr = '') =>
  standIn(`cat <<'END'\n${stdout}\nEND\n${stderr === '' ? '' : `echo '${stderr}' >&2\n`}exit ${exitCode}`)

describe.skipIf(installed.bandit === undefined)('Bandit itself (skipped: not installed)', () => {
  const tool = commandTool(bandit, installed.bandit)

  it('finds what a comment would have hidden, and tells what it could not read', async () => {
    const files = {
      'a.py': 'import os\nos.system(x)  # nosec\n',
      'b.py': 'def (\n',
      '.bandit': '[bandit]\nskips: B605\n',
    }
    const found = await rules(run(tool, files))
    expect(found).toContain('high bandit-b605 a.py')
    expect(found).toContain('low bandit-not-analysed b.py')
  })

  it('fails when it can read nothing, and is skipped when there is no Python', async () => {
    await expect(run(tool, { 'b.py': 'def (\n' })).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' })
    expect(await rules(run(tool, { 'b.js': '' }))).toEqual(['skipped: the package holds no Python file'])
  })
})

describe.skipIf(installed.eslint === undefined)('ESLint itself (skipped: not installed)', () => {
  const tool = commandTool(eslint(installed.eslint ?? ''), installed.eslint)
  const files = {
    'a.js': '/* eslint-disable */\nconst c = require("child_process"); c.exec(x)\n',
    'eslint.config.js': 'export default []\n',
    '.eslintrc': '{"rules":{}}',
    'b.ts': 'let a: number\n',
  }

  it('finds what the artifact would have switched off', async () => {
    const found = await rules(run(tool, files, { type: 'npm', fileName: 'a.tgz' }))
    expect(found).toContain('medium eslint-security-detect-child-process a.js')
    expect(found).toContain('info eslint-not-covered')
  })

  it('fails when it can parse nothing', async () => {
    await expect(run(tool, { 'a.js': 'let (' }, { type: 'npm' })).rejects.toMatchObject({
      code: 'SCAN_INCOMPLETE',
    })
  })
})

describe.skipIf(installed.guarddog === undefined)('GuardDog itself (skipped: not installed)', () => {
  it('finds code that is decoded and run', async () => {
    const code = 'import base64\nexec(base64.b64decode("aW1wb3J0IG9zO29zLnN5c3RlbSgnbHMnKQ=="))\n'
    const found = await rules(run(commandTool(guarddog, installed.guarddog), { 'setup.py': code }))
    expect(found).toContain('high guarddog-threat-runtime-obfuscation-base64exec setup.py')
  })
})

describe.skipIf(installed.clamscan === undefined)('clamscan itself (skipped: not installed)', () => {
  it('finds EICAR, passes what is clean, and fails without signatures', async () => {
    const database = join(directory, 'test.ndb')
    await writeFile(database, `Test.Eicar.Body:0:*:${Buffer.from(EICAR.slice(28, 40)).toString('hex')}\n`)
    const tool = commandTool(clamscan(database), installed.clamscan)
    expect(await rules(run(tool, { 'deep/x.txt': EICAR }))).toEqual(['critical virus-found deep/x.txt'])
    expect(await rules(run(tool, { 'deep/x.txt': 'harmless' }))).toEqual([])
    const without = commandTool(clamscan(join(directory, 'none.ndb')), installed.clamscan)
    await expect(run(without, { x: 'harmless' })).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' })
  })
})

describe.skipIf(installed.syft === undefined)('Syft itself (skipped: not installed)', () => {
  const tool = commandTool(syft, installed.syft)

  it('sees what is bundled, and says so when there is nothing', async () => {
    const bundled = { 'package/node_modules/inner/package.json': '{"name":"inner","version":"1.2.3"}' }
    const found = await run(tool, bundled, { type: 'npm' })
    expect(found).toMatchObject([
      { rule: 'syft-components', detail: expect.stringContaining('pkg:npm/inner@1.2.3') },
    ])
    expect(await run(tool, { 'a.txt': 'text' }, { type: 'npm' })).toEqual([])
    expect(await tool.check(AbortSignal.timeout(30_000))).toMatchObject({ place: installed.syft })
  })
})

describe.skipIf(installed.grype === undefined)('Grype itself (skipped: not installed)', () => {
  it('fails without its database', async () => {
    const tool = commandTool(grype, installed.grype)
    await expect(run(tool, {}, { type: 'npm', fileName: 'a.tgz' })).rejects.toThrow('database does not exist')
  })
})

describe.skipIf(installed.trivy === undefined)('Trivy itself (skipped: not installed)', () => {
  it('fails without its database', async () => {
    const tool = commandTool(trivy, installed.trivy)
    await expect(run(tool, {}, { type: 'npm', fileName: 'a.tgz' })).rejects.toThrow('ended with code 1')
  })
})

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/tools/${name}`, import.meta.url), 'utf8').trim()

// Answers as the programs gave them here (Bandit 1.9.4, ESLint 10.15, GuardDog 3.2, Syft 1.57, Grype 0.121 and Trivy 0.74 without a database, pip-audit, npm 11) or,
// for those that could not be had (matches of Trivy and Grype, TruffleHog), as their documentation shows them.
const PIP_CLEAN = '{"dependencies": [{"name": "sample", "version": "1.0.0", "vulns": []}], "fixes": []}'
const NPM_CLEAN = '{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {}}'
const TRIVY_CLEAN =
  '{"SchemaVersion": 2, "Results": [{"Target": "Node.js", "Class": "lang-pkgs", "Type": "node-pkg"}]}'
const GRYPE_CLEAN = '{"matches": [], "source": {"type": "sbom"}, "descriptor": {"name": "grype"}}'
const CLAM_CLEAN = '\n----------- SCAN SUMMARY -----------\nScanned files: 2\nInfected files: 0'

interface Row {
  readonly tool: CommandTool
  readonly type: PurlType
  readonly clean: [string, number, string?]
  readonly found: [string, number, string?]
  readonly rule: string
  /** In-band errors, unclear endings, answers of another kind. */
  readonly failures: readonly [string, number, string?][]
}

const ROWS: readonly Row[] = [
  {
    tool: pipAudit,
    type: 'pypi',
    clean: [PIP_CLEAN, 0],
    found: [
      '{"dependencies": [{"name": "sample", "version": "1.0.0", "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": ["CVE-2019-10906"], "description": "escape"}]}], "fixes": []}',
      1,
    ],
    rule: 'medium vulnerability-PYSEC-2019-217',
    failures: [
      [
        '{"dependencies": [{"name": "sample", "skip_reason": "Dependency not found and could not be audited: sample (1.0.0)"}], "fixes": []}',
        0,
      ],
      ['{"dependencies": [], "fixes": []}', 0],
      [PIP_CLEAN, 1],
    ],
  },
  {
    tool: npmAudit('http://127.0.0.1:9/'),
    type: 'npm',
    clean: [NPM_CLEAN, 0],
    found: [
      '{"auditReportVersion": 2, "vulnerabilities": {"sample": {"name": "sample", "severity": "critical", "via": [{"source": 1, "name": "sample", "title": "Prototype Pollution", "url": "https://advisories.test/GHSA-vh95-rmgr-6w4m", "severity": "moderate", "range": "<0.2.1"}]}}}',
      1,
    ],
    rule: 'medium vulnerability-GHSA-vh95-rmgr-6w4m',
    failures: [
      [
        '{"message": "405 Method Not Allowed", "method": "POST", "statusCode": 405, "body": "", "error": {"summary": "", "detail": ""}}',
        1,
      ],
      ['{"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile."}}', 1],
      [NPM_CLEAN, 1],
    ],
  },
  {
    tool: trivy,
    type: 'deb',
    clean: [TRIVY_CLEAN, 0],
    found: [
      '{"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [{"VulnerabilityID": "CVE-2024-1", "PkgName": "sample", "InstalledVersion": "1.0.0", "FixedVersion": "1.0.1", "Severity": "HIGH", "Title": "overflow"}]}]}',
      0,
    ],
    rule: 'high vulnerability-CVE-2024-1',
    failures: [
      [
        '',
        1,
        'FATAL Fatal error run error: init error: DB error: --skip-db-update cannot be specified on the first run',
      ],
      ['{"SchemaVersion": 2}', 0],
      ['{"SchemaVersion": 2, "Results": []}', 0],
      [TRIVY_CLEAN, 1],
    ],
  },
  {
    tool: grype,
    type: 'deb',
    clean: [GRYPE_CLEAN, 0],
    found: [
      '{"matches": [{"vulnerability": {"id": "CVE-2024-2", "severity": "Critical", "fix": {"versions": ["2"]}}, "artifact": {"name": "sample", "version": "1.0.0"}}], "source": {}, "descriptor": {}}',
      0,
    ],
    rule: 'critical vulnerability-CVE-2024-2',
    failures: [
      ['{"matches": []}', 0],
      ['{"matches": null, "source": {}, "descriptor": {}}', 0],
      [GRYPE_CLEAN, 1],
      ['', 1, '[0000] ERROR database does not exist'],
    ],
  },
  {
    tool: syft,
    type: 'npm',
    clean: [fixture('syft-1.57-nothing.json'), 0],
    found: [fixture('syft-1.57-components.json'), 0],
    rule: 'info syft-components',
    failures: [
      ['{"components": []}', 0],
      ['{"bomFormat": "CycloneDX"}', 2],
    ],
  },
  {
    tool: trufflehog,
    type: 'npm',
    clean: ['', 0, '{"level":"info-0","msg":"finished scanning","chunks":1}'],
    found: [
      '{"SourceMetadata": {"Data": {"Filesystem": {"file": "a.js", "line": 3}}}, "DetectorName": "Github", "Verified": false, "Raw": "value"}',
      0,
      '{"msg":"finished scanning"}',
    ],
    rule: 'medium trufflehog-github a.js',
    failures: [
      ['', 0, 'panic'],
      ['not json', 0, 'finished scanning'],
      ['', 183, 'finished scanning'],
    ],
  },
  {
    tool: guarddog,
    type: 'pypi',
    clean: ['{"package": "x", "results": {"threat-process-hooks": {}}, "errors": {}, "issues": 0}', 0],
    found: [
      '{"results": {"threat-process-hooks": [{"location": "a.js:4", "message": "hook", "code": ""}], "typosquatting": "looks like another"}, "errors": {}}',
      0,
    ],
    rule: 'high guarddog-threat-process-hooks a.js',
    failures: [
      ['{"results": {"threat-process-hooks": {}}, "errors": {"rules-all": "failed to run rule"}}', 0],
      ['{"results": {}, "errors": {}}', 0],
      ['{"issues": 0}', 0],
    ],
  },
  {
    tool: bandit,
    type: 'pypi',
    clean: ['{"errors": [], "metrics": {"_totals": {}, "b.py": {}}, "results": []}', 0],
    found: [
      '{"errors": [], "metrics": {"_totals": {}, "b.py": {}}, "results": [{"filename": "b.py", "issue_severity": "HIGH", "issue_confidence": "HIGH", "issue_text": "shell", "line_number": 2, "test_id": "B605"}]}',
      1,
    ],
    rule: 'high bandit-b605 b.py',
    failures: [
      ['{"errors": [], "metrics": {"_totals": {}}, "results": []}', 0],
      [
        '{"errors": [{"filename": "b.py", "reason": "syntax"}], "metrics": {"_totals": {}, "b.py": {}}, "results": []}',
        0,
      ],
      ['{"results": [], "errors": []}', 0],
      ['{"errors": [], "metrics": {"_totals": {}, "b.py": {}}, "results": []}', 2],
    ],
  },
  {
    tool: eslint('/bin/sh'),
    type: 'npm',
    clean: ['[{"filePath": "a.js", "messages": []}]', 0],
    found: [
      '[{"filePath": "a.js", "messages": [{"ruleId": "security/detect-child-process", "severity": 2, "message": "exec", "line": 1}]}]',
      1,
    ],
    rule: 'medium eslint-security-detect-child-process a.js',
    failures: [
      ['[]', 0],
      [
        '[{"filePath": "a.js", "messages": [{"fatal": true, "severity": 2, "message": "Parsing error", "line": 1}]}]',
        1,
      ],
      ['[{"filePath": "a.js", "messages": []}]', 2],
    ],
  },
  {
    tool: clamscan(),
    type: 'npm',
    clean: [CLAM_CLEAN, 0],
    found: [`/elsewhere/a.js: Eicar-Test FOUND\n${CLAM_CLEAN}`, 1],
    rule: 'critical virus-found elsewhere/a.js',
    failures: [
      [CLAM_CLEAN, 1],
      [CLAM_CLEAN, 2],
      ['OK', 0],
      [`${CLAM_CLEAN}\nTotal errors: 1`, 0],
      ['Scanned files: 0', 0],
    ],
  },
]

it('every tool has its row; clamd, which is no program, has a suite of its own', () => {
  const ids = ROWS.map(({ tool }) => tool.id)
  expect(ids.toSorted()).toEqual(EXTERNAL_TOOLS.map(({ name }) => name).toSorted())
})

describe.each(ROWS.map((row) => ({ row, id: row.tool.id })))('$id', ({ row }) => {
  const files = { 'a.js': 'text', 'b.py': 'text' }
  const change = { type: row.type }
  const answer = async ([stdout, exitCode, stderr]: readonly [string, number, string?]) =>
    run(commandTool(row.tool, await says(stdout, exitCode, stderr)), files, change)

  it('gives findings, and none when its answer clearly says so', async () => {
    expect(await rules(answer(row.found))).toContain(row.rule)
    expect(await rules(answer(row.clean))).toEqual([])
  })

  it.each(row.failures)('is a failure that answers %j with exit code %d', async (...failure) => {
    await expect(answer(failure)).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' })
  })

  it.each<[string, string]>([
    ['says nothing', 'exit 0'],
    ['says nothing and finds', 'exit 1'],
    ['says no JSON', 'echo approved'],
    ['ends with an unknown code', 'exit 77'],
    ['is killed', 'kill -9 $$'],
  ])('is a failure that %s', async (_what, script) => {
    await expect(run(commandTool(row.tool, await standIn(script)), files, change)).rejects.toMatchObject({
      code: 'SCAN_INCOMPLETE',
    })
  })

  it('is a failure that hangs, floods or is not there', async () => {
    const fast = { ...row.tool, timeoutMs: 300 }
    await expect(run(commandTool(fast, await standIn('sleep 30')), files, change)).rejects.toThrow(
      'was not done',
    )
    await expect(
      run(commandTool({ ...row.tool, maxOutputBytes: 100_000 }, await standIn('yes')), files, change),
    ).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' })
    await expect(run(commandTool(row.tool, '/nowhere/tool'), files, change)).rejects.toMatchObject({
      code: 'SCAN_INCOMPLETE',
    })
    expect(() =>
      commandTool(row.tool, undefined).start(
        { location: '', fileName: '', sizeBytes: 0, digests: {}, type: 'npm' },
        new AbortController().signal,
      ),
    ).toThrow('is not installed')
  })
})

it('runs a program with our environment left out, beside the copies and not among them', async () => {
  process.env['SALLYPORT_TEST_SECRET'] = 'x'
  const program = await standIn(
    'echo "{\\"bomFormat\\":\\"CycloneDX\\",\\"components\\":[{\\"purl\\":\\"$(env | cut -d= -f1 | sort | tr "\\n" " ") in $(basename "$PWD" | cut -c1-15)\\"}]}"',
  )
  const found = await run(commandTool(syft, program), { 'a.js': 'x' })
  expect(found).toMatchObject([
    { detail: expect.stringMatching(/^HOME LANG (?:OLDPWD )?PATH PWD .*TMPDIR .*in sallyport-tool-/) },
  ])
  expect(JSON.stringify(found)).not.toContain('SALLYPORT_TEST_SECRET')
  delete process.env['SALLYPORT_TEST_SECRET']
})

it('leaves no directory behind', async () => {
  await expect(run(commandTool(syft, '/nowhere/tool'), { 'a.js': 'x' })).rejects.toThrow()
  const left = (await readdir(tmpdir())).filter(
    (name) => name.startsWith('sallyport-tool-') && !before.has(name),
  )
  expect(left).toEqual([])
})

describe('names of copies', () => {
  it.each([
    ['../../etc/passwd', 'etc/passwd'],
    ['/etc/passwd', 'etc/passwd'],
    ['a/./b//c', 'a/b/c'],
    ['-rf', '_-rf'],
    ['.eslintrc', '_.eslintrc'],
    ['a/.trivyignore', 'a/_.trivyignore'],
    ['trivy.yaml', '_trivy.yaml'],
    ['eslint.config.js', '_eslint.config.js'],
    ['a b\n$(x).py', 'a_b___x_.py'],
    ['..', 'unnamed'],
    ['', 'unnamed'],
    ['ünïcode.js', '_n_code.js'],
  ])('%j becomes %j', (path, expected) => {
    expect(safePath(path)).toBe(expected)
  })

  it('keep two files apart that would share one', async () => {
    const program = await standIn(
      'echo "{\\"bomFormat\\":\\"CycloneDX\\",\\"components\\":[{\\"purl\\":\\"$(find files -type f | wc -l)\\"}]}"',
    )
    const found = await run(commandTool(syft, program), { 'a b': 'x', a$b: 'y', 'a_b/c': 'z' })
    expect(found).toMatchObject([{ detail: '3' }])
  })
})
