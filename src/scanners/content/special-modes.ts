// Modes that give power to whoever runs a file: setuid, setgid, file capabilities, world-writable, device nodes.
import type { Finding, Severity } from '../../model/finding.ts'
import type { PackageEntry } from '../../model/package-contents.ts'

const SETUID = 0o4000
const SETGID = 0o2000
const STICKY = 0o1000
const WORLD_WRITABLE = 0o002

const PROGRAM_PLACE = /^(?:usr\/(?:local\/)?)?(?:s?bin|lib|lib64|libexec)\//

/** With setuid any of these gives its caller everything its owner has. */
const DANGEROUS = new Set(
  (
    'sh bash dash zsh ksh csh tcsh fish busybox python python2 python3 perl ruby node lua php awk gawk mawk sed find xargs ' +
    'vi vim nano emacs ed less more cp mv dd tar cpio zip unzip rsync nc ncat netcat socat curl wget ssh scp gdb strace env'
  ).split(' '),
)

/** Programs that distributions ship setuid or setgid on purpose, by base name. */
const EXPECTED = new Set(
  (
    'sudo sudoedit su passwd ping ping6 mount umount chsh chfn newgrp sg gpasswd unix_chkpwd unix2_chkpwd pkexec fusermount fusermount3 ' +
    'dbus-daemon-launch-helper polkit-agent-helper-1 ssh-keysign ssh-agent crontab at chage expiry wall write bsd-write mlocate plocate ' +
    'locate mount.nfs mount.cifs pppd newuidmap newgidmap userhelper usernetctl Xorg.wrap bwrap chrome-sandbox doas staprun ' +
    'mail-lock mail-unlock mail-touchlock dotlockfile lockdev utempter postdrop postqueue screen traceroute6.iputils ntfs-3g ' +
    'pam_timestamp_check grub2-set-bootconf grub2-set-bootflag bbsuid suexec netreport write.ul vmware-user-suid-wrapper authbind procmail'
  ).split(' '),
)
/** Capabilities that amount to being root (capabilities(7)). */
const ROOT_LIKE =
  /cap_(?:sys_admin|sys_module|sys_ptrace|sys_rawio|setuid|setgid|setfcap|dac_override|dac_read_search|chown|fowner|bpf|all)\b|=[eip]*$/i
const CAPABLE = new Set(
  (
    'ping arping clockdiff mtr-packet newuidmap newgidmap suexec systemd-detect-virt gst-ptp-helper gnome-keyring-daemon dumpcap rlogin ' +
    'rsh rcp fping'
  ).split(' '),
)

/** `installsModes`: whether the client keeps these bits (dpkg, rpm and apk do; npm and pip do not). */
export function modeFindings(entry: PackageEntry, installsModes: boolean): Finding[] {
  return [
    ...deviceFindings(entry),
    ...setuidFindings(entry, installsModes),
    ...capabilityFindings(entry),
    ...(installsModes ? writableFindings(entry) : []),
  ]
}

function deviceFindings(entry: PackageEntry): Finding[] {
  if (entry.type === 'character-device' || entry.type === 'block-device')
    return [
      finding(
        'binary-device-node',
        'critical',
        'A device node',
        entry,
        'It gives direct access to hardware or kernel memory.',
      ),
    ]
  if (entry.type === 'fifo' || entry.type === 'other')
    return [
      finding(
        'binary-special-file',
        'medium',
        'A special file that is neither file, directory nor link',
        entry,
        'Readers may hang on it.',
      ),
    ]
  return []
}

function setuidFindings(entry: PackageEntry, installsModes: boolean): Finding[] {
  if (entry.type !== 'file' || (entry.mode & (SETUID | SETGID)) === 0) return []
  const setuid = (entry.mode & SETUID) !== 0
  const word = setuid ? 'setuid' : 'setgid'
  const name = baseName(entry.path)
  const why = `Whoever runs it acts as its ${setuid ? 'owner' : 'group'} (${(setuid ? entry.owner : entry.group) ?? 'root'}).`
  if (!installsModes)
    return [
      finding(`binary-${word}-ignored`, 'low', `A ${word} bit that the client will not install`, entry, why),
    ]
  if (DANGEROUS.has(name))
    return [
      finding(
        `binary-${word}-dangerous`,
        setuid ? 'critical' : 'high',
        `An interpreter or tool with the ${word} bit`,
        entry,
        why,
      ),
    ]
  if (EXPECTED.has(name) && PROGRAM_PLACE.test(entry.path))
    return [
      finding(
        `binary-${word}-expected`,
        'info',
        `A program that is known to need the ${word} bit`,
        entry,
        why,
      ),
    ]
  if (!PROGRAM_PLACE.test(entry.path) && setuid)
    return [
      finding('binary-setuid-odd-place', 'high', 'A setuid file outside the program directories', entry, why),
    ]
  return [finding(`binary-${word}`, setuid ? 'medium' : 'low', `A file with the ${word} bit`, entry, why)]
}

function capabilityFindings(entry: PackageEntry): Finding[] {
  const { capabilities } = entry
  if (entry.type !== 'file' || capabilities === undefined || capabilities === '') return []
  const known = CAPABLE.has(baseName(entry.path))
  const severity: Severity = known ? 'info' : ROOT_LIKE.test(capabilities) ? 'high' : 'low'
  return [
    {
      ...finding(
        'binary-capabilities',
        severity,
        'A file with Linux capabilities',
        entry,
        'They are parts of root for whoever runs it.',
      ),
      snippet: capabilities.slice(0, 200),
    },
  ]
}

function writableFindings(entry: PackageEntry): Finding[] {
  if ((entry.mode & WORLD_WRITABLE) === 0) return []
  if (entry.type === 'file')
    return [
      finding(
        'binary-world-writable',
        'high',
        'Everybody may write this file',
        entry,
        'Any user can change what others run or trust.',
      ),
    ]
  if (entry.type === 'directory' && (entry.mode & STICKY) === 0)
    return [
      finding(
        'binary-world-writable-directory',
        'medium',
        'Everybody may replace files in this directory',
        entry,
        'It lacks the sticky bit.',
      ),
    ]
  return []
}

function finding(
  rule: string,
  severity: Severity,
  title: string,
  entry: PackageEntry,
  detail: string,
): Finding {
  return {
    rule,
    layer: 'binary',
    severity,
    title,
    detail,
    file: entry.path,
    snippet: `${entry.mode.toString(8).padStart(4, '0')} ${entry.owner ?? entry.uid ?? ''}:${entry.group ?? entry.gid ?? ''}`,
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
