// Names of wheels and sdists, and what they say of project and version.
import { describe, expect, it } from 'vitest'
import { parseFileName } from '../../../src/ecosystems/pypi/file-name.ts'
import { coversName, isProjectName, normaliseName } from '../../../src/ecosystems/pypi/names.ts'

describe('file names', () => {
  it.each([
    ['flask-3.0.0-py3-none-any.whl', 'flask', 'wheel', '3.0.0'],
    ['Flask_RESTful-0.3.10-py2.py3-none-any.whl', 'flask-restful', 'wheel', '0.3.10'],
    ['torch-2.0.1+cu118-cp311-cp311-linux_x86_64.whl', 'torch', 'wheel', '2.0.1+cu118'],
    ['pkg-1.0-2-py3-none-any.whl', 'pkg', 'wheel', '1.0'],
    ['pkg-1!2.0rc1-py3-none-any.whl', 'pkg', 'wheel', '1!2.0rc1'],
    ['pkg-1.0_1-py3-none-any.whl', 'pkg', 'wheel', '1.0.post1'],
    [
      'zope.interface-6.0-cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.whl',
      'zope-interface',
      'wheel',
      '6.0',
    ],
    ['python-dateutil-2.8.2.tar.gz', 'python-dateutil', 'sdist', '2.8.2'],
    ['pkg-1.0-beta2.zip', 'pkg', 'sdist', '1.0b2'],
    ['pkg-1.0.tar.bz2', 'pkg', 'sdist', '1.0'],
  ])('reads %s as %s', (fileName, project, kind, version) => {
    expect(parseFileName(fileName, project)).toMatchObject({ kind, version })
  })

  it.each([
    ['other-1.0-py3-none-any.whl', 'another project'],
    ['pkg-extra-1.0.tar.gz', 'another project'],
    ['pkg-1.0.egg', 'an egg'],
    ['pkg-1.0-py3.11.exe', 'an installer'],
    ['pkg-1.0-py3-none.whl', 'too few tags'],
    ['pkg-1.0-x-py3-none-any.whl', 'a build tag without number'],
    ['pkg-2004d.tar.gz', 'a version before PEP 440'],
    ['pkg/-1.0.tar.gz', 'a slash'],
    ['../pkg-1.0.tar.gz', 'a parent'],
    ['pkg-1..0.tar.gz', 'two dots'],
    ['pkg-1.0%2f.tar.gz', 'a percent sign'],
    ['pkg-1.0 .tar.gz', 'a space'],
    ['pkg-1.0\u0000.tar.gz', 'a control character'],
    ['pkg-1.\u0660.tar.gz', 'digits of another script'],
    [`pkg-1.0${'0'.repeat(300)}.tar.gz`, 'no end'],
  ])('refuses %j: %s', (fileName) => {
    expect(parseFileName(fileName, 'pkg')).toBeUndefined()
  })

  it('calls 1.0 and 1.0.0 the same release', () => {
    const [a, b] = ['pkg-1.0.tar.gz', 'pkg-1.0.0-py3-none-any.whl'].map((name) => parseFileName(name, 'pkg'))
    expect(a?.release).toBe(b?.release)
    expect(a?.version).not.toBe(b?.version)
  })

  it('keeps the digits of versions that are longer than a double', () => {
    expect(parseFileName('pkg-0.20240101123456789012.tar.gz', 'pkg')?.version).toBe('0.20240101123456789012')
  })
})

describe('project names', () => {
  it('normalises as PEP 503', () => {
    expect(normaliseName('Friendly-_.Bard')).toBe('friendly-bard')
  })

  it.each(['', '-a', 'a-', 'a b', 'a/b', '..', 'ä', 'a%2f'])('refuses %j', (name) => {
    expect(isProjectName(name)).toBe(false)
  })

  it.each([
    ['acme', 'acme', true],
    ['acme', 'acme-core', false],
    ['Acme_*', 'acme-core', true],
    ['*-internal', 'billing-internal', true],
    ['a.c', 'abc', false],
    ['acme(+)*', 'acme-core', false],
  ])('%s covers %s: %s', (pattern, name, expected) => {
    expect(coversName(pattern, name)).toBe(expected)
  })
})
