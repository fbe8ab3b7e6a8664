// Read before anything else by an examiner (`--import`): gives Node the gateway's copy of our modules without types.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { argv } from 'node:process'

const OPTION = '--stripped='
const path = argv.find((one) => one.startsWith(OPTION))?.slice(OPTION.length)
const modules = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8')).modules

registerHooks({
  load: (url, context, next) =>
    Object.hasOwn(modules, url)
      ? { format: 'module', source: modules[url], shortCircuit: true }
      : next(url, context),
})
