// CVSS vectors of any version as a base score, and the words that other sources use in place of one.
import calculator from 'ae-cvss-calculator'
import type { Severity } from '../model/finding.ts'

const MAX_VECTOR = 300
const MAX_REMEMBERED = 20_000
// A CommonJS bundle whose names Node cannot see ahead.
const { Cvss2, Cvss3P0, Cvss3P1, Cvss4P0 } = calculator

/** Feeds repeat a few thousand vectors; one of version 4 takes a fifth of a millisecond. */
const remembered = new Map<string, number | undefined>()

/** Base score of a vector (FIRST CVSS 2.0, 3.0, 3.1, 4.0), 0 to 10; undefined for what is no complete vector. */
export function cvssScore(vector: string): number | undefined {
  if (vector.length > MAX_VECTOR) return undefined
  if (remembered.has(vector)) return remembered.get(vector)
  const score = calculate(vector)
  if (remembered.size < MAX_REMEMBERED) remembered.set(vector, score)
  return score
}

function calculate(vector: string): number | undefined {
  try {
    const score = read(vector)
    return score !== undefined && score >= 0 && score <= 10 ? score : undefined
  } catch {
    return undefined // a vector that the library refuses says nothing
  }
}

function read(vector: string): number | undefined {
  if (vector.startsWith('CVSS:4.0/')) {
    const cvss = new Cvss4P0(vector)
    return cvss.isBaseFullyDefined() ? cvss.calculateScores().overall : undefined
  }
  const cvss = vector.startsWith('CVSS:3.1/')
    ? new Cvss3P1(vector)
    : vector.startsWith('CVSS:3.0/')
      ? new Cvss3P0(vector)
      : new Cvss2(vector)
  return cvss.isBaseFullyDefined() ? cvss.calculateScores().base : undefined
}

/** Qualitative rating of a score (CVSS 3.1 section 5, also that of 4.0). */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'info'
}

const WORDS: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  important: 'high',
  high: 'high',
  moderate: 'medium',
  medium: 'medium',
  low: 'low',
  negligible: 'info',
  unimportant: 'info',
  none: 'info',
}

/** The words of GitHub, Red Hat and its rebuilds, Ubuntu and Debian; undefined for any other. */
export function severityOfWord(word: unknown): Severity | undefined {
  return typeof word === 'string' ? WORDS[word.toLowerCase().replace(/\*+$/, '')] : undefined
}
