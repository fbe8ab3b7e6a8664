// Lets a fresh examiner do once, before it is needed, what only the first artifact pays for: indexes, compiled rules, parsers.
import type { PackageContents, PackageEntry, PackageFormat } from '../model/package-contents.ts'
import type { ExaminationParts } from './run.ts'

const FILES = {
  'package.json': '{"name":"warm","version":"1.0.0","scripts":{"postinstall":"node index.js"}}',
  'index.js':
    "const a = require('fs')\nmodule.exports = (b) => a.existsSync(b) && fetch('https://warm.test/')\n",
  'warm/__init__.py': "import os\n\ndef warm(a):\n    return os.path.join(a, 'b')\n",
  postinst: '#!/bin/sh\nset -e\nif [ "$1" = configure ]; then ldconfig; fi\n',
} as const

/** Throws what a scanner throws: an examiner whose scanners fail on an ordinary package must not start. */
export async function warmUp(parts: Pick<ExaminationParts, 'scanners' | 'data' | 'describe'>): Promise<void> {
  for (const format of ['npm-tgz', 'sdist', 'deb'] as const) {
    const contents = contentsOf(format)
    for (const scanner of parts.scanners)
      if (scanner.applies(contents, parts.data) === true)
        await scanner.scan(contents, parts.data, new AbortController().signal)
    await parts.describe(contents)
  }
}

function contentsOf(format: PackageFormat): PackageContents {
  const entries = Object.entries(FILES).map(([path, text]) => entryOf(path, text))
  return {
    type: format === 'npm-tgz' ? 'npm' : format === 'deb' ? 'deb' : 'pypi',
    format,
    digests: {},
    sizeBytes: 1000,
    declared: {
      name: 'warm',
      version: '1.0.0',
      maintainers: [],
      manifest: JSON.parse(FILES['package.json']),
    },
    entries,
    hooks: [
      {
        name: 'postinstall',
        interpreter: 'shell',
        script: 'node index.js',
        reaches: ['index.js', 'postinst'],
      },
    ],
    dependencies: [],
    entryPoints: ['index.js', 'warm/__init__.py'],
    readerFindings: [],
    unpackedBytes: 1000,
  }
}

function entryOf(path: string, text: string): PackageEntry {
  const content = Buffer.from(text)
  return {
    path,
    archivePath: path,
    type: 'file',
    sizeBytes: content.length,
    mode: 0o644,
    member: 'data',
    content,
  }
}
