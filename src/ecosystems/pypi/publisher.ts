// Which certificate a trusted publisher's workflow gets: the identity that must have signed.
import type { Publisher } from './provenance.ts'

export interface ExpectedSigner {
  readonly subjectAlternativeName: string | RegExp
  readonly issuer: string
  /** For people: `GitHub owner/repository, release.yml`. */
  readonly label: string
}

/** Undefined for a kind of publisher that is not known here, or one that does not say enough. */
export function expectedSigner({ kind, claims }: Publisher): ExpectedSigner | undefined {
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '')
  const repository = text('repository')
  switch (kind) {
    case 'GitHub':
      return repository === '' || text('workflow') === ''
        ? undefined
        : {
            subjectAlternativeName: startingWith(
              `https://github.com/${repository}/.github/workflows/${text('workflow')}@`,
            ),
            issuer: 'https://token.actions.githubusercontent.com',
            label: `GitHub ${repository}, ${text('workflow')}`,
          }
    case 'GitLab':
      return repository === '' || text('workflow_filepath') === ''
        ? undefined
        : {
            subjectAlternativeName: startingWith(
              `https://gitlab.com/${repository}//${text('workflow_filepath')}@`,
            ),
            issuer: 'https://gitlab.com',
            label: `GitLab ${repository}, ${text('workflow_filepath')}`,
          }
    case 'Google':
      return text('email') === ''
        ? undefined
        : {
            subjectAlternativeName: text('email'),
            issuer: 'https://accounts.google.com',
            label: `Google ${text('email')}`,
          }
    default:
      return undefined
  }
}

/** The branch or tag after `@` is the publisher's affair. */
function startingWith(prefix: string): RegExp {
  return new RegExp(`^${prefix.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}[^@]+$`)
}
