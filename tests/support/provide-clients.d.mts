// Types of provide-clients.mjs, which is plain JavaScript because it runs before the project's own Node is there.
export interface ListedClient {
  readonly name: string
  readonly registry: 'npm' | 'pypi' | 'machine'
  readonly version?: string
}
export function listedClients(): ListedClient[]
export function clientFolder(client: ListedClient): string
export function clientCommand(client: ListedClient): string[] | undefined
export function provideClients(): Promise<{ name: string; why: string }[]>
