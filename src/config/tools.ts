// Other scanners that may run beside the built-in ones: what each is used for, and how a machine gets it.
import { TOOL_NAMES, type ToolName } from './config.ts'

/** Tools that this version can run. A mode other than off for another would promise what nobody does. */
export const ADAPTED_TOOLS: readonly ToolName[] = TOOL_NAMES

export interface ToolHelp {
  /** Names under which its program is looked for, best first. */
  readonly programs: readonly string[]
  readonly usedFor: string
  /** What a gateway without it goes by. */
  readonly without: string
  readonly install: string
}

export const TOOL_HELP: Readonly<Record<ToolName, ToolHelp>> = {
  clamav: {
    programs: ['clamdscan', 'clamscan'],
    usedFor: 'viruses, in every kind of package',
    without:
      'no virus signatures: our own rules, the malware records and the digests of known malware remain',
    install: 'package clamav, or clamav-daemon, of the distribution',
  },
  trivy: {
    programs: ['trivy'],
    usedFor: 'vulnerabilities of deb, rpm and apk packages',
    without: 'vulnerabilities are told by the advisories that the gateway has loaded, and by grype',
    install: "the vendor's package archive",
  },
  grype: {
    programs: ['grype'],
    usedFor: 'vulnerabilities, where trivy is absent',
    without: 'as without trivy',
    install: "the vendor's releases",
  },
  syft: {
    programs: ['syft'],
    usedFor: 'bills of materials, beside our own',
    without: 'the bill of materials is our own',
    install: "the vendor's releases",
  },
  trufflehog: {
    programs: ['trufflehog'],
    usedFor: 'secrets, beside our own rules',
    without: 'secrets are looked for by our own rules alone',
    install: "the vendor's releases",
  },
  guarddog: {
    programs: ['guarddog'],
    usedFor: 'malicious patterns in npm and PyPI packages, beside our own',
    without: 'malicious code is looked for by our own rules alone',
    install: 'pip install guarddog',
  },
  bandit: {
    programs: ['bandit'],
    usedFor: 'unsafe Python code, beside our own rules',
    without: 'unsafe Python is told by our own rules alone',
    install: 'pip install bandit',
  },
  'pip-audit': {
    programs: ['pip-audit'],
    usedFor: 'vulnerabilities of PyPI packages',
    without: 'vulnerabilities are told by the advisories that the gateway has loaded, and by trivy',
    install: 'pip install pip-audit',
  },
  'npm-audit': {
    programs: ['npm'],
    usedFor: 'vulnerabilities of npm packages, asked of the registry that is configured as its address',
    without: 'vulnerabilities are told by the advisories that the gateway has loaded, and by trivy',
    install: 'npm itself, and an address in the configuration',
  },
  eslint: {
    programs: ['eslint'],
    usedFor: 'unsafe JavaScript, beside our own rules',
    without: 'unsafe JavaScript is told by our own rules alone',
    install: 'npm install -g eslint eslint-plugin-security',
  },
}
