// The command line: help, exit codes, and what is told of mistakes.
import { describe, expect, it } from 'vitest'
import { allCommands } from '../../src/commands/all.ts'
import type { CommandIo } from '../../src/commands/command.ts'
import { runCommandLine } from '../../src/commands/run.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { makeDesk } from './io.ts'

describe('help', () => {
  it('lists every command', async () => {
    const { code, out } = await makeDesk().run('--help')
    expect(code).toBe(0)
    for (const { name, summary } of allCommands)
      expect(out).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'))
  })

  it('tells of every command what the command says of itself', async () => {
    for (const { name, summary, load } of allCommands) expect(await load()).toMatchObject({ name, summary })
  })

  it.each(allCommands.map(({ name }) => name))(
    '%s --help tells its options and does nothing',
    async (name) => {
      const { code, out, err } = await makeDesk().run(name, '--help')
      expect([code, err]).toEqual([0, ''])
      expect(out).toMatch(new RegExp(`^usage: sallyport ${name} `))
      expect(out).toMatch(/^ {2}-h, --help/m)
      expect(await makeDesk().run('help', name)).toEqual({ code, out, err })
    },
  )

  it('tells the version', async () => {
    expect((await makeDesk().run('--version')).out).toMatch(/^sallyport \d+\.\d+\.\d+\n$/)
  })
})

describe('mistakes are exit code 2 and told on standard error', () => {
  it.each([
    [[], /^usage: sallyport COMMAND/],
    [['srve'], /unknown command "srve"/],
    [['doctor', '--jsno'], /Unknown option '--jsno'[\s\S]*try: sallyport doctor --help/],
    [['doctor', 'extra'], /"extra" is one argument too many/],
    [['setup'], /an argument is missing/],
    [['setup', 'cargo'], /"cargo" is no client that is known here; known are npm, pnpm/],
    [['setup', 'npm', '--write', '--undo'], /exclude each other/],
    [['serve', '--config', 'missing.yaml'], /missing\.yaml\) is refused/],
  ] as const)('%j', async (args, message) => {
    const { code, out, err } = await makeDesk().run(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })

  it('a failure that nobody foresaw tells its place, one of ours only its message', async () => {
    const failing = (error: Error) => {
      const command = { name: 'x', summary: '', usage: '', run: () => Promise.reject(error) }
      return { ...command, load: async () => command }
    }
    const tell = async (error: Error) => {
      let err = ''
      const write = (text: string) => (err += text)
      const io: CommandIo = {
        stdout: { write },
        stderr: { write },
        env: {},
        cwd: '/',
        isTTY: false,
        signal: AbortSignal.timeout(1000),
      }
      return [await runCommandLine(['x'], io, [failing(error)]), err]
    }
    expect(await tell(new GatewayError('LEDGER_FAILED', 'locked'))).toEqual([2, 'sallyport x: locked\n'])
    expect(await tell(new TypeError('odd'))).toEqual([
      2,
      expect.stringMatching(/odd\n.*TypeError: odd\n +at /),
    ])
  })
})
