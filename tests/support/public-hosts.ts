// Hosts of the public registries, so that a test can look for them without naming them.
import { discoverApt } from '../../src/config/clients/apt.ts'
import { thisMachine } from '../../src/config/machine.ts'

/** Asked of the clients on this machine, so that not even this test names them. */
export async function publicHosts(): Promise<readonly string[]> {
  const machine = {
    ...thisMachine({ PATH: process.env['PATH'], HOME: '/nonexistent' }, '/'),
    isOwn: () => false,
  }
  const pip = 'from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)'
  const said = await Promise.all([
    machine.run('npm', [
      'config',
      'get',
      'registry',
      '--userconfig=/nonexistent/u',
      '--globalconfig=/nonexistent/g',
    ]),
    machine.run('python3', ['-c', pip]),
    machine.run('go', ['env', 'GOPROXY']),
  ])
  const archives = (await discoverApt(machine)).repositories.flatMap(({ upstreams }) => upstreams)
  const words = [...said.flatMap((text) => text?.split(/[\s,|]+/) ?? []), ...archives.map(({ url }) => url)]
  const hosts = words.map((word) => (URL.canParse(word) ? new URL(word).hostname : word))
  return [...new Set(hosts)].filter(
    (host) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) && host !== 'localhost',
  )
}
