// Compiled code is kept only where nobody else can change it, because what lies there is run.
import { chmod, lstat, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeCacheFolder } from '../../src/config/code-cache.mjs'

const uid = getuid?.()
let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cache-'))
})
afterEach(() => rm(home, { recursive: true }))

const folderIn = (base: string, user = uid) => codeCacheFolder({ XDG_CACHE_HOME: base }, user)

describe.skipIf(uid === undefined)('the folder of compiled code', () => {
  it('is made for this user alone, below a folder for all that keeps what is ours', async () => {
    const folder = join(home, 'sallyport', 'code')
    expect(folderIn(home)).toBe(folder)
    expect((await lstat(folder)).mode & 0o777).toBe(0o700)
    expect(folderIn(home)).toBe(folder)
  })

  it('is not used when others may write to it', async () => {
    const folder = folderIn(home) ?? ''
    await chmod(folder, 0o770)
    expect(folderIn(home)).toBeUndefined()
  })

  it('is not used below a folder in which others may rename', async () => {
    const shared = join(home, 'shared')
    await mkdir(shared)
    await chmod(shared, 0o777)
    expect(folderIn(shared)).toBeUndefined()
    await expect(lstat(join(shared, 'sallyport'))).rejects.toThrow('ENOENT')
    await chmod(shared, 0o1777)
    expect(folderIn(shared)).toBeDefined()
  })

  it('is not used through a link, and nothing is made behind it', async () => {
    const target = join(home, 'target')
    await mkdir(target)
    await symlink(target, join(home, 'link'))
    expect(folderIn(join(home, 'link'))).toBeUndefined()
    await expect(lstat(join(target, 'sallyport'))).rejects.toThrow('ENOENT')
  })

  it.skipIf(uid === 0)('is nowhere for a process that runs as somebody else', () => {
    expect(folderIn(home, (uid ?? 0) + 1)).toBeUndefined()
  })

  it('is nowhere on a platform without users, and where nothing can be made', () => {
    expect(codeCacheFolder({ XDG_CACHE_HOME: home }, undefined)).toBeUndefined()
    expect(folderIn('/proc/nowhere')).toBeUndefined()
  })
})
