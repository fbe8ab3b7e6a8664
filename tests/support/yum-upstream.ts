// A loopback YUM repository of real packages: rpmbuild, rpmsign and createrepo_c, repomd.xml signed in the test.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Loopback, startLoopback } from './loopback-upstream.ts'
import { makeVendorKey, type VendorKey } from './vendor-key.ts'

export interface RpmRecipe {
  readonly name: string
  readonly version: string
  /** Further lines of the preamble: `Requires: helper`. */
  readonly preamble?: readonly string[]
  /** Further sections: scriptlets, triggers. */
  readonly sections?: string
  /** Left without the vendor's signature. */
  readonly unsigned?: boolean
}

export interface YumUpstream {
  readonly url: string
  readonly web: Loopback
  /** Signs packages and repomd.xml. */
  readonly key: VendorKey
  readonly directory: string
  /** Builds packages and publishes the repository anew. */
  publish(
    recipes: readonly RpmRecipe[],
    more?: { readonly updateinfo?: string; readonly modules?: string },
  ): Promise<void>
  /** Signs repomd.xml anew, by nobody or another key where told. */
  signWith(key: VendorKey | undefined): Promise<void>
  close(): Promise<void>
}

export const YUM_TOOLS = ['rpmbuild', 'rpmsign', 'createrepo_c', 'modifyrepo_c', 'gpg']

const SIGNING = ['--define', '_gpg_name vendor@upstream.test', '--define', '__gpg /usr/bin/gpg']

export function missingTools(names: readonly string[]): string[] {
  const folders = (process.env['PATH'] ?? '').split(':')
  return names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
}

export async function startYumUpstream(): Promise<YumUpstream> {
  const work = mkdtempSync(join(tmpdir(), 'yum-upstream-'))
  const directory = join(work, 'repository')
  const home = join(work, 'gnupg')
  mkdirSync(join(directory, 'Packages'), { recursive: true })
  mkdirSync(home, { mode: 0o700 })
  const key = await makeVendorKey()
  const environment = { ...process.env, GNUPGHOME: home, HOME: work, LC_ALL: 'C.UTF-8' }
  const run = (file: string, args: readonly string[], input?: string) =>
    execa(file, args, { env: environment, cwd: work, ...(input === undefined ? {} : { input }) })
  await run('gpg', ['--batch', '--import'], key.privateKey)
  const web = await startLoopback((path) => {
    const file = join(directory, decodeURIComponent(path))
    if (path.includes('..') || !existsSync(file) || path.endsWith('/')) return undefined
    return { body: readFileSync(file), contentType: 'application/octet-stream' }
  })

  async function build({
    name,
    version,
    preamble = [],
    sections = '',
    unsigned = false,
  }: RpmRecipe): Promise<void> {
    const spec = join(work, `${name}-${version}.spec`)
    writeFileSync(
      spec,
      [
        `Name: ${name}`,
        `Version: ${version}`,
        'Release: 1',
        `Summary: ${name} for tests`,
        'License: MIT',
        'BuildArch: noarch',
        ...preamble,
        '%description',
        'For tests.',
        '%install',
        `mkdir -p %{buildroot}/usr/share/${name}`,
        `echo ${version} > %{buildroot}/usr/share/${name}/version`,
        sections,
        '%files',
        `/usr/share/${name}`,
        '',
      ].join('\n'),
    )
    const defines = {
      _topdir: join(work, 'build'),
      _rpmdir: join(directory, 'Packages'),
      _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    }
    const args = Object.entries(defines).flatMap(([name_, value]) => ['--define', `${name_} ${value}`])
    await run('rpmbuild', ['-bb', '--quiet', ...args, spec])
    const file = join(directory, 'Packages', `${name}-${version}-1.noarch.rpm`)
    if (!unsigned) await run('rpmsign', [...SIGNING, '--addsign', file])
  }

  const repomd = () => readFileSync(join(directory, 'repodata/repomd.xml'))

  async function signWith(signer: VendorKey | undefined): Promise<void> {
    const file = join(directory, 'repodata/repomd.xml.asc')
    rmSync(file, { force: true })
    if (signer !== undefined) writeFileSync(file, await signer.sign(repomd()))
  }

  return {
    url: web.url,
    web,
    key,
    directory,
    signWith,
    async publish(recipes, more = {}) {
      for (const recipe of recipes) await build(recipe)
      await run('createrepo_c', ['--quiet', directory])
      for (const [type, text] of Object.entries(more)) {
        const file = join(work, type === 'modules' ? 'modules.yaml' : `${type}.xml`)
        writeFileSync(file, text)
        await run('modifyrepo_c', [`--mdtype=${type}`, file, join(directory, 'repodata')])
      }
      await signWith(key)
    },
    async close() {
      await web.close()
      await execa('gpgconf', ['--kill', 'all'], { env: environment, reject: false })
      rmSync(work, { recursive: true, force: true })
    },
  }
}
