// Every command, in the order in which help tells them; the code of one is read when it is called.
import type { CommandEntry } from './command.ts'

export const allCommands: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'run the gateway',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'setup',
    summary: 'print, write or undo the settings that point a package client at the gateway',
    load: async () => (await import('./setup.ts')).setup,
  },
  {
    name: 'scan',
    summary: 'examine a package file, or an artifact of an upstream',
    load: async () => (await import('./scan.ts')).scan,
  },
  {
    name: 'policy',
    summary: 'check a policy, run its cases, or replay past requests against it',
    load: async () => (await import('./policy.ts')).policy,
  },
  {
    name: 'preflight',
    summary: 'examine every package of a lock file',
    load: async () => (await import('./preflight.ts')).preflight,
  },
  {
    name: 'rescan',
    summary: 'hold what was decided against today: feeds, policy, scanners, rules',
    load: async () => (await import('./rescan.ts')).rescan,
  },
  {
    name: 'recall',
    summary: 'who was given a package, or what an advisory took back',
    load: async () => (await import('./recall.ts')).recall,
  },
  {
    name: 'verdicts',
    summary: 'list verdicts, newest first',
    load: async () => (await import('./verdicts.ts')).verdicts,
  },
  {
    name: 'explain',
    summary: 'tell why something was let in or refused',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'keys',
    summary: 'show, export or rotate the keys that sign indexes',
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    name: 'generations',
    summary: 'list the kept generations of a signed repository',
    load: async () => (await import('./generations.ts')).generations,
  },
  {
    name: 'diff',
    summary: 'tell what changed between two generations',
    load: async () => (await import('./generations.ts')).diff,
  },
  {
    name: 'review',
    summary: 'list what is held and waits for a decision',
    load: async () => (await import('./review.ts')).review,
  },
  {
    name: 'approve',
    summary: 'let held artifacts through, after a review',
    load: async () => (await import('./rulings.ts')).approve,
  },
  {
    name: 'reject',
    summary: 'refuse something held or unknown, whatever the policy says',
    load: async () => (await import('./rulings.ts')).reject,
  },
  {
    name: 'revoke',
    summary: 'take back something that is served',
    load: async () => (await import('./rulings.ts')).revoke,
  },
  {
    name: 'waive',
    summary: 'set rules aside for a package, a version, a range or some bytes, until a time',
    load: async () => (await import('./waive.ts')).waive,
  },
  {
    name: 'waivers',
    summary: 'list exceptions, or take one back before its time',
    load: async () => (await import('./waivers.ts')).waivers,
  },
  {
    name: 'tokens',
    summary: 'make, list or revoke the tokens of clients and people',
    load: async () => (await import('./tokens.ts')).tokens,
  },
  {
    name: 'audit',
    summary: 'show, export or verify the audit log',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'feeds',
    summary: 'list advisory feeds with their age, or update them',
    load: async () => (await import('./feeds.ts')).feeds,
  },
  {
    name: 'doctor',
    summary: 'tell what was found on this machine, where it came from, and what is missing',
    load: async () => (await import('./doctor.ts')).doctor,
  },
]
