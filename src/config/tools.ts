// Other scanners that may run beside the built-in ones: what each is used for, and how a machine gets it.
import { TOOL_NAMES, type ToolName } from './config.ts'

/** Tools that this version can run. A mode other than off for another would promise what nobody does. */
export const ADAPTED_TOOLS: readonly ToolName[] = TOOL_NAMES

export interface ToolHelp {
  /** Names under which its program is looked for, best first. */
  readonly programs: readonly string[]
  readonly usedFor: string
  readonly install: string
}

export const TOOL_HELP: Readonly<Record<ToolName, ToolHelp>> = {
  clamav: {
    programs: ['clamdscan', 'clamscan'],
    usedFor: 'viruses, in every kind of package',
    install: 'package clamav, or clamav-daemon, of the distribution',
  },
  trivy: {
    programs: ['trivy'],
    usedFor: 'vulnerabilities of deb, rpm and apk packages',
    install: "the vendor's package archive",
  },
  grype: {
    programs: ['grype'],
    usedFor: 'vulnerabilities, where trivy is absent',
    install: "the vendor's releases",
  },
  syft: {
    programs: ['syft'],
    usedFor: 'bills of materials, beside our own',
    install: "the vendor's releases",
  },
  trufflehog: {
    programs: ['trufflehog'],
    usedFor: 'secrets, beside our own rules',
    install: "the vendor's releases",
  },
  guarddog: {
    programs: ['guarddog'],
    usedFor: 'malicious patterns in npm and PyPI packages, beside our own',
    install: 'pip install guarddog',
  },
  bandit: {
    programs: ['bandit'],
    usedFor: 'unsafe Python code, beside our own rules',
    install: 'pip install bandit',
  },
  'pip-audit': {
    programs: ['pip-audit'],
    usedFor: 'vulnerabilities of PyPI packages',
    install: 'pip install pip-audit',
  },
}
