// The orders in which dnf and zypper ask for a document and its signature, with switches in between.
import { describe, expect, it } from 'vitest'
import { createConversations } from '../../src/gate/conversations.ts'

const DOCUMENT = { of: 'repomd.xml', isSignature: false }
const SIGNATURE = { of: 'repomd.xml', isSignature: true }

describe('a document and its detached signature', () => {
  const ask = (conversations = createConversations()) => {
    const from = (client: string) => (part: typeof DOCUMENT, method: string, newest: number) => {
      const number = conversations.recall('line', part, { client, method }) ?? newest
      conversations.note('line', part, { client, method }, number)
      return number
    }
    return from
  }

  it('come from one generation to dnf, whose next document is the newest', () => {
    const dnf = ask()('dnf')
    expect(dnf(DOCUMENT, 'GET', 1)).toBe(1)
    expect(dnf(SIGNATURE, 'GET', 2)).toBe(1)
    expect(dnf(DOCUMENT, 'GET', 2)).toBe(2)
    expect(dnf(SIGNATURE, 'GET', 3)).toBe(2)
  })

  it('come from one generation to zypper, which asks HEAD, signature, document', () => {
    const zypper = ask()('zypper')
    expect(zypper(DOCUMENT, 'HEAD', 1)).toBe(1)
    expect(zypper(SIGNATURE, 'GET', 2)).toBe(1)
    expect(zypper(DOCUMENT, 'GET', 3)).toBe(1)
    expect(zypper(DOCUMENT, 'HEAD', 3)).toBe(3)
  })

  it('are not mixed with what another client asks', () => {
    const from = ask()
    expect(from('a')(DOCUMENT, 'GET', 1)).toBe(1)
    expect(from('b')(SIGNATURE, 'GET', 2)).toBe(2)
    expect(from('b')(DOCUMENT, 'GET', 2)).toBe(2)
    expect(from('a')(SIGNATURE, 'GET', 2)).toBe(1)
  })
})
