// nginx with one worker, serving given bytes as static files: the yardstick.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort } from '../../tests/support/gateway.ts'
import { type RunningServer, startServer } from './processes.ts'

export interface StaticFile {
  /** Path below the root, without leading slash. */
  readonly path: string
  readonly body: Uint8Array
  /** Written beside it for gzip_static. */
  readonly gzip?: Uint8Array
}

export async function startNginx(folder: string, files: readonly StaticFile[]): Promise<RunningServer> {
  const root = join(folder, 'root')
  for (const { path, body, gzip } of [{ path: 'probe', body: Buffer.from('ok') }, ...files] as StaticFile[]) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, body)
    if (gzip !== undefined) writeFileSync(`${file}.gz`, gzip)
  }
  const port = await freePort()
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, configure(folder, root, port))
  return startServer('nginx', ['/usr/sbin/nginx', '-c', configuration, '-p', folder], {
    url: `http://127.0.0.1:${port}`,
    probe: '/probe',
    cwd: folder,
  })
}

function configure(folder: string, root: string, port: number): string {
  return `daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=1000;
  gzip_static on;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`
}
