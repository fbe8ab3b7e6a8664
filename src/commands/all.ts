// Every command, in the order in which help tells them.
import { audit } from './audit.ts'
import type { Command } from './command.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { feeds } from './feeds.ts'
import { diff, generations } from './generations.ts'
import { keys } from './keys.ts'
import { policy } from './policy.ts'
import { preflight } from './preflight.ts'
import { recall } from './recall.ts'
import { rescan } from './rescan.ts'
import { review } from './review.ts'
import { approve, reject, revoke } from './rulings.ts'
import { scan } from './scan.ts'
import { serve } from './serve.ts'
import { setup } from './setup.ts'
import { tokens } from './tokens.ts'
import { verdicts } from './verdicts.ts'
import { waive } from './waive.ts'
import { waivers } from './waivers.ts'

export const allCommands: readonly Command[] = [
  serve,
  setup,
  scan,
  policy,
  preflight,
  rescan,
  recall,
  verdicts,
  explain,
  keys,
  generations,
  diff,
  review,
  approve,
  reject,
  revoke,
  waive,
  waivers,
  tokens,
  audit,
  feeds,
  doctor,
]
