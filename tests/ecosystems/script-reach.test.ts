// Which files of a package an install script runs, however it names them.
import { describe, expect, it } from 'vitest'
import { interpreterOf, scriptReach } from '../../src/ecosystems/script-reach.ts'
import type { PackageEntry } from '../../src/model/package-contents.ts'

function file(path: string, text = ''): PackageEntry {
  const content = Buffer.from(text)
  return {
    path,
    archivePath: path,
    type: 'file',
    sizeBytes: content.length,
    mode: 0o755,
    member: 'data',
    content,
  }
}

function link(path: string, linkTarget: string): PackageEntry {
  return { path, archivePath: path, type: 'symlink', sizeBytes: 0, mode: 0o777, member: 'data', linkTarget }
}

describe('interpreterOf', () => {
  it.each([
    ['#!/bin/sh\n', 'shell'],
    ['#! /bin/bash -e\n', 'shell'],
    ['#!/usr/bin/env python3\n', 'python'],
    ['#!/usr/bin/python3.11\n', 'python'],
    ['#!/usr/bin/perl -w\n', '/usr/bin/perl'],
    ['#!/usr/bin/node\n', 'node'],
    ['echo hello\n', 'shell'],
  ])('%j is %s', (script, interpreter) => {
    expect(interpreterOf(script)).toBe(interpreter)
  })
})

describe('scriptReach', () => {
  const entries = [
    file('usr/bin/tool', '#!/bin/sh\n. /usr/lib/demo/functions\n'),
    file('usr/lib/demo/functions', 'exec /usr/lib/demo/last.py\n'),
    file('usr/lib/demo/last.py', 'print(1)\n'),
    file('usr/lib/demo/program', '\x7fELF\0 /usr/share/doc/x'),
    file('usr/share/doc/x'),
    link('usr/bin/alias', '../lib/demo/program'),
    link('usr/bin/loop', 'loop'),
  ]
  const reach = scriptReach(entries)

  it.each<[string, string[]]>([
    ['/usr/lib/demo/last.py --now', ['usr/lib/demo/last.py']],
    ['"$DPKG_ROOT/usr/lib/demo/last.py"', ['usr/lib/demo/last.py']],
    ['./usr/lib/demo/last.py', ['usr/lib/demo/last.py']],
    ['python3 usr/lib/demo/last.py;', ['usr/lib/demo/last.py']],
    ['X=/usr/lib/demo/last.py', ['usr/lib/demo/last.py']],
    ['if tool; then :; fi', ['usr/bin/tool', 'usr/lib/demo/functions', 'usr/lib/demo/last.py']],
    ['true && tool', ['usr/bin/tool', 'usr/lib/demo/functions', 'usr/lib/demo/last.py']],
    ['x=$(alias --get)', ['usr/lib/demo/program']],
    ['loop', []],
    ['echo tool', []],
    ['/usr/bin/other', []],
    ['echo usr lib demo', []],
  ])('%s', (script, paths) => {
    expect(reach.reachedBy(`#!/bin/sh\n${script}\n`)).toEqual(paths)
  })

  it('answers quickly for a script of one endless word', () => {
    expect(reach.reachedBy('a/'.repeat(500_000))).toEqual([])
    expect(reach.reachedBy('a'.repeat(1_000_000))).toEqual([])
  })
})
