// Where a distribution package puts files that change who may do what, what runs by itself, or where packages come from.
import type { Finding, Severity } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'

interface Place {
  readonly path: RegExp
  readonly rule: string
  readonly severity: Severity
  readonly title: string
  /** Packages whose business this place is. */
  readonly owners?: RegExp
}

const KEYRING_OWNERS =
  /keyring|gpg-keys?|-keys$|-release(?:-|$)|-repos?(?:-|$)|^(?:apt|dnf|yum|zypper|apk-tools|alpine-baselayout(?:-data)?|libzypp|setup|fedora-.*)$/
const ACCOUNT_OWNERS =
  /^(?:base-passwd|base-files|setup|shadow|passwd|alpine-baselayout(?:-data)?|wolfi-baselayout|login|filesystem|aaa_base|.*-baselayout)$/

const PLACES: readonly Place[] = [
  {
    path: /^etc\/ld\.so\.preload$/,
    rule: 'place-preload',
    severity: 'critical',
    title: 'A library is loaded into every process',
  },
  {
    path: /(?:^|\/)\.ssh\/authorized_keys\d?$/,
    rule: 'place-authorized-keys',
    severity: 'critical',
    title: 'A key that may log in',
  },
  {
    path: /^(?:etc\/sudoers(?:\.d\/[^/]+)?|etc\/doas\.conf|etc\/doas\.d\/[^/]+)$/,
    rule: 'place-sudoers',
    severity: 'high',
    title: 'Decides who may become root',
    owners: /^(?:sudo|sudo-ldap|opendoas|doas.*)$/,
  },
  {
    path: /^etc\/(?:passwd|shadow|group|gshadow)$/,
    rule: 'place-accounts',
    severity: 'high',
    title: 'Replaces the accounts of the machine',
    owners: ACCOUNT_OWNERS,
  },
  {
    path: /^(?:root|home\/[^/]+)\/./,
    rule: 'place-home',
    severity: 'medium',
    title: 'A file in a home directory',
    owners: ACCOUNT_OWNERS,
  },
  {
    path: /^etc\/apt\/(?:sources\.list|sources\.list\.d\/.+|trusted\.gpg|trusted\.gpg\.d\/.+|keyrings\/.+)$/,
    rule: 'place-apt-source',
    severity: 'high',
    title: 'A source or key of APT: packages could come past the gateway',
    owners: KEYRING_OWNERS,
  },
  {
    path: /^etc\/apt\/(?:apt\.conf|apt\.conf\.d\/.+|preferences\.d\/.+|auth\.conf\.d\/.+)$/,
    rule: 'place-apt-setting',
    severity: 'low',
    title: 'A setting of APT',
    owners: /^(?:apt|apt-.*|unattended-upgrades|packagekit|debconf|needrestart|docker-clean)$/,
  },
  {
    path: /^etc\/(?:yum\.repos\.d|zypp\/repos\.d)\/.+|^etc\/pki\/rpm-gpg\/.+/,
    rule: 'place-yum-source',
    severity: 'high',
    title: 'A repository or key of YUM: packages could come past the gateway',
    owners: KEYRING_OWNERS,
  },
  {
    path: /^etc\/apk\/(?:repositories|keys\/.+|repositories\.d\/.+)$/,
    rule: 'place-apk-source',
    severity: 'high',
    title: 'A repository or key of APK: packages could come past the gateway',
    owners: KEYRING_OWNERS,
  },
  {
    path: /^etc\/(?:npmrc|pip\.conf|pypirc|gitconfig|wgetrc|curlrc)$|(?:^|\/)\.(?:npmrc|pypirc|netrc)$/,
    rule: 'place-client-setting',
    severity: 'medium',
    title: 'A setting of a package or download client',
  },
  {
    path: /^etc\/(?:cron\.(?:d|daily|hourly|weekly|monthly)\/.+|crontab|anacrontab)$|^var\/spool\/cron\/.+/,
    rule: 'place-cron',
    severity: 'low',
    title: 'Runs by the clock',
  },
  {
    path: /^etc\/(?:rc\.local|inittab|profile|bash\.bashrc|environment)$/,
    rule: 'place-startup',
    severity: 'medium',
    title: 'Runs at every start or login',
    owners: ACCOUNT_OWNERS,
  },
  {
    path: /^etc\/pam\.d\/.+|^(?:usr\/)?lib(?:64)?\/(?:[^/]+\/)?security\/pam_[^/]+\.so$/,
    rule: 'place-pam',
    severity: 'info',
    title: 'Takes part in every log-in',
  },
  {
    path: /^(?:dev|proc|sys)\/./,
    rule: 'place-kernel-tree',
    severity: 'high',
    title: 'A file in a directory that belongs to the kernel',
    owners: ACCOUNT_OWNERS,
  },
  {
    path: /^(?:tmp|var\/tmp|dev\/shm)\/./,
    rule: 'place-temporary',
    severity: 'medium',
    title: 'A file in a directory for temporary files',
  },
  {
    path: /^\.[^/]+/,
    rule: 'place-hidden-top',
    severity: 'low',
    title: 'A hidden file at the top of the tree',
  },
]

/** One finding a place and package: the first file shows it, the others are counted. */
export function placeFindings({ entries, declared }: PackageContents): Finding[] {
  const name = declared.name ?? ''
  return PLACES.flatMap((place) => {
    const found = entries.filter((entry) => entry.type !== 'directory' && place.path.test(entry.path))
    const [first] = found
    if (first === undefined) return []
    const own = place.owners?.test(name) === true
    const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
    return [
      {
        rule: place.rule,
        layer: 'binary',
        severity: own ? 'info' : place.severity,
        title: `${place.title}${more}`,
        detail: own
          ? 'This package is known to own the place.'
          : 'Few packages have business there; look at what it says.',
        file: first.path,
      } as const,
    ]
  })
}
