// Clients of the PyPI simple index: pip, uv, poetry, pdm.
import { join } from 'node:path'
import { readText } from '../../config/machine.ts'
import { GatewayError } from '../../model/errors.ts'
import type { Client, SetupContext } from './client.ts'
import { isLoopback, isPlainHttp, repositoryOf, setInSection } from './edit.ts'

function simpleIndex(context: SetupContext): string {
  return `${repositoryOf(context, 'pypi').url}simple/`
}

function configHome({ machine }: SetupContext): string {
  return machine.environment['XDG_CONFIG_HOME'] ?? join(machine.home, '.config')
}

export const pip: Client = {
  name: 'pip',
  about: 'user pip.conf',
  plan(context) {
    const url = simpleIndex(context)
    const index = `index-url = ${url}`
    // pip takes plain HTTP from this machine only, unless it is told.
    const trusted = isPlainHttp(url) && !isLoopback(url) ? `trusted-host = ${new URL(url).host}` : undefined
    return {
      edits: [
        {
          path: join(configHome(context), 'pip', 'pip.conf'),
          lines: ['[global]', index, ...(trusted === undefined ? [] : [trusted])],
          change(before) {
            const set = setInSection(before, 'global', /^\s*index[-_]url\s*[=:]/, index)
            return trusted === undefined
              ? set
              : setInSection(set, 'global', /^\s*trusted[-_]host\s*[=:]/, trusted)
          },
        },
      ],
      notes: ['PIP_INDEX_URL and extra-index-url settings would still be asked; remove them.'],
    }
  },
}

export const uv: Client = {
  name: 'uv',
  about: 'user uv.toml',
  plan(context) {
    const lines = ['[[index]]', `url = "${simpleIndex(context)}"`, 'default = true']
    return {
      edits: [
        {
          path: join(configHome(context), 'uv', 'uv.toml'),
          lines,
          change(before) {
            if (/^\s*default\s*=\s*true/m.test(before) || /^\s*index-url\s*=/m.test(before)) {
              throw new GatewayError(
                'BAD_REQUEST',
                'uv.toml already has a default index: replace its URL by hand',
              )
            }
            return `${before === '' ? '' : `${before.trimEnd()}\n\n`}${lines.join('\n')}\n`
          },
        },
      ],
      notes: ['A uv.lock names the index of each package: run "uv lock" to have all of them examined.'],
    }
  },
}

export const poetry: Client = {
  name: 'poetry',
  about: 'pyproject.toml of the working folder',
  plan(context) {
    const path = join(context.machine.cwd, 'pyproject.toml')
    const lines = [
      '[[tool.poetry.source]]',
      'name = "sallyport"',
      `url = "${simpleIndex(context)}"`,
      'priority = "primary"',
    ]
    return {
      edits: [
        {
          path,
          lines,
          change(before) {
            if (readText(path) === undefined) {
              throw new GatewayError(
                'BAD_REQUEST',
                `${path} is missing: poetry has this setting in each project`,
              )
            }
            return before.includes('name = "sallyport"')
              ? before
              : `${before.trimEnd()}\n\n${lines.join('\n')}\n`
          },
        },
      ],
      notes: ['Run "poetry lock" afterwards.'],
    }
  },
}

export const pdm: Client = {
  name: 'pdm',
  about: 'user config.toml',
  plan(context) {
    const line = `url = "${simpleIndex(context)}"`
    return {
      edits: [
        {
          path: join(configHome(context), 'pdm', 'config.toml'),
          lines: ['[pypi]', line],
          change: (before) => setInSection(before, 'pypi', /^\s*url\s*=/, line),
        },
      ],
      notes: [],
    }
  },
}
