// Ten real packages of each covered ecosystem that fixtures/advisories has a record of, on both sides of the fix.
import type { JsonObject } from '../../src/model/claim.ts'

/** Package, last version with the hole or one between, first version without it; `binary` and `facts` as indexes give them. */
export type Row = readonly [
  name: string,
  affected: string,
  fixed: string,
  binary?: string,
  facts?: JsonObject,
]

export const NPM: readonly Row[] = [
  ['angular', '1.7.9', '1.8.0'],
  ['bootstrap', '3.3.7', '3.4.0'],
  ['handlebars', '4.7.8', '4.7.9'],
  ['jquery', '3.0.0-rc1', '3.0.0'],
  ['lodash', '4.17.20', '4.17.21'],
  ['marked', '0.3.0', '0.3.1'],
  ['minimatch', '3.0.1', '3.0.2'],
  ['moment', '2.11.1', '2.11.2'],
  ['qs', '0.6.6', '1.0.0'],
  ['tough-cookie', '2.2.2', '2.3.0'],
]
export const PYPI: readonly Row[] = [
  ['aiohttp', '3.7.3', '3.7.4'],
  ['cryptography', '1.5.2', '1.5.3'],
  ['django', '1.0.4', '1.1'],
  ['flask', '0.12.2', '0.12.3'],
  ['jinja2', '2.7.1', '2.7.2'],
  ['lxml', '3.3.4', '3.3.5'],
  ['pillow', '2.3.0', '2.3.1'],
  ['pyyaml', '5.1rc1', '5.1'],
  ['requests', '2.2.1', '2.3.0'],
  ['urllib3', '1.18', '1.18.1'],
]
const source = (name: string): JsonObject => ({ source: name })
export const DEBIAN: readonly Row[] = [
  ['apache2', '2.4.54-1~deb11u1', '2.4.56-1~deb11u1', 'apache2-bin', source('apache2')],
  ['bind9', '1:9.16.33-1~deb11u1', '1:9.16.37-1~deb11u1', 'dnsutils', source('bind9')],
  ['chromium', '111.0.5563.64-1~deb11u1', '111.0.5563.110-1~deb11u1', 'chromium-common', source('chromium')],
  ['curl', '7.74.0-1.3+deb11u5', '7.74.0-1.3+deb11u7', 'libcurl4', source('curl')],
  ['git', '1:2.30.2-1', '1:2.30.2-1+deb11u2', 'git-man', source('git')],
  ['linux', '5.10.158-2', '5.10.162-1', 'linux-libc-dev', source('linux')],
  ['nginx', '1.18.0-6.1+deb11u2', '1.18.0-6.1+deb11u3', 'nginx-core', source('nginx')],
  ['openssl', '1.1.1n-0+deb11u3', '1.1.1n-0+deb11u4', 'libssl1.1', source('openssl')],
  ['php7.4', '7.4.33-1+deb11u1', '7.4.33-1+deb11u3', 'php7.4-cli', source('php7.4')],
  ['sudo', '1.9.5p2-3', '1.9.5p2-3+deb11u1', 'sudo', source('sudo')],
]
export const ALMA: readonly Row[] = [
  ['bind', '32:9.11.26-4.el8_4', '32:9.11.26-6.el8'],
  ['curl', '7.61.1-18.el8', '7.61.1-22.el8'],
  ['firefox', '91.2.0-4.el8_4.alma', '91.3.0-1.el8_4.alma'],
  ['httpd', '2.4.37-39.module_el8.4.0+2571+8b6f1a1a', '2.4.37-43.module_el8.5.0+2597+c4b14997.alma'],
  ['kernel', '4.18.0-348.23.1.el8_5', '4.18.0-372.9.1.el8'],
  ['openssl', '1:1.1.1k-5.el8_5', '1:1.1.1k-6.el8_5'],
  ['postgresql', '12.8-1.module_el8.4.0+2491+9c5c4d1e', '12.9-1.module_el8.5.0+2606+4554acc4'],
  ['python3.11', '3.11.2-2.el9', '3.11.2-2.el9_2.1'],
  ['samba', '4.14.5-10.el8_5', '4.15.5-5.el8'],
  ['systemd', '252-18.el9', '252-32.el9_4.alma.1'],
]
export const ALPINE: readonly Row[] = [
  ['apache2', '2.4.23-r0', '2.4.23-r1', 'apache2-utils', source('apache2')],
  ['bind', '9.10.4_p2-r0', '9.10.4_p3-r0', 'bind-tools', source('bind')],
  ['busybox', '1.24.1-r7', '1.24.2-r0', 'busybox-static', source('busybox')],
  ['curl', '7.35.0-r9', '7.36.0-r0', 'libcurl', source('curl')],
  ['git', '2.14.0-r0', '2.14.1-r0', 'git-daemon', source('git')],
  ['musl', '1.1.15-r3', '1.1.15-r4', 'musl-dev', source('musl')],
  ['nginx', '1.12.0-r2', '1.12.1-r0', 'nginx', source('nginx')],
  ['openssl', '1.0.2g-r0', '1.0.2h-r0', 'libcrypto1.0', source('openssl')],
  ['sqlite', '3.13.0-r0', '3.13.0-r1', 'sqlite-libs', source('sqlite')],
  ['sudo', '1.8.20_p1-r0', '1.8.20_p2-r0', 'sudo', source('sudo')],
]
