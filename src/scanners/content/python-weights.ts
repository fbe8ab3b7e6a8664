// What little packages seldom do, each with a weight: alone each is honest, together they are what stealers and loaders are made of.

export interface Weight {
  readonly says: string
  readonly weight: number
  readonly pattern: RegExp
}

const weigh = (says: string, weight: number, pattern: RegExp): Weight => ({ says, weight, pattern })

/** Looked for in all code of a package that runs at install or import. */
export const WEIGHTS: readonly Weight[] = [
  weigh(
    'the network',
    1,
    /\b(?:requests|httpx|aiohttp|urllib3|socketio|websockets?|smtplib|ftplib|paramiko|pycurl|telebot|dropbox)\b|\burlopen\b|\burlretrieve\b|\bhttp\.client\b|\bsocket\.(?:socket|create_connection|gethostbyname)\b|\bopen_connection\b/,
  ),
  weigh('an address in the code', 1, /["'](?:https?|wss?|ftp|tcp):\/\/(?!localhost|127\.)[\w.-]{4,80}/),
  weigh(
    'processes',
    1,
    /\bsubprocess\b|\bos\.(?:system|popen|startfile|exec[lv]p?e?|spawn\w+)\b|\bcreate_subprocess_/,
  ),
  weigh('a shell', 1, /\bshell\s?=\s?True|\bos\.(?:system|popen)\(|\bgetoutput\(/),
  weigh('evaluation', 2, /(?:^|[^\w.])(?:exec|eval)\s?\(/m),
  weigh('compiled code', 2, /\bmarshal\b|\bFunctionType\b|\bCodeType\b/),
  weigh(
    'decoders',
    1,
    /\b\w{0,10}b(?:16|32|64|85)decode\b|\bunhexlify\b|\bfromhex\b|\bdecompress\(|\.decrypt\(|\bFernet\b|\bAES\.new\b|rot_?13/,
  ),
  weigh(
    'characters put together',
    1,
    /\bmap\(chr\b|\bchr\([^)\n]{1,40}\^|\bord\([^)\n]{1,20}\) ?\^|\[::-1\]|\bbytes\(\[\d/,
  ),
  weigh(
    'dynamic names',
    1,
    /\b__import__\(|\bgetattr\(\w{1,30}, ?(?!["'])|\bimport_module\((?!["'])|\bglobals\(\)\[/,
  ),
  weigh(
    'the whole environment',
    2,
    /\bos\.environ(?:\.(?:copy|items|values)\(|\)|,|\b(?=\s?\}))|\bin os\.environ\b(?!\.)/,
  ),
  weigh(
    'the name of the machine',
    1,
    /\bgethostname\(|\bgetfqdn\(|\bplatform\.(?:node|uname)\(|\bos\.uname\(|["']COMPUTERNAME["']/,
  ),
  weigh('the name of the user', 1, /\bgetuser\(|\bgetlogin\(|["']USER(?:NAME)?["']|\bwhoami\b/),
  weigh(
    'addresses of the machine',
    1,
    /\bgetnode\(|api\.ipify|ipinfo\.io|ifconfig\.me|checkip|\bipapi\b|ip-api\.com|\bicanhazip/,
  ),
  weigh('folders of the user', 1, /\bexpanduser\(|\bPath\.home\(|\b(?:LOCAL)?APPDATA\b|\bUSERPROFILE\b/),
  weigh(
    'temporary files',
    1,
    /\bgettempdir\(|\bmkdtemp\(|\bmkstemp\(|\bNamedTemporaryFile\(|["']\/tmp\/|["']TE?MP["']/,
  ),
  weigh(
    'credentials',
    2,
    /\.ssh\b|\bid_rsa\b|\.aws\b|\.netrc|\.git-credentials|\.pypirc|\.npmrc|\.docker\/|\.kube\/|\.bash_history|\/etc\/passwd/,
  ),
  weigh(
    'stores of browsers, wallets and chats',
    3,
    /\bLogin Data\b|\bLocal State\b|\bleveldb\b|\bExodus\b|\bElectrum\b|\btdata\b|\bwallet\.dat\b|\bMetaMask\b|\bssfn\b|\bCryptUnprotectData\b|\bkey4\.db\b|\bmnemonic\b|\bseed.?phrase\b/i,
  ),
  weigh(
    'places that start programs',
    2,
    /CurrentVersion\\{1,4}Run\b|\bStartup\b|\bcrontab\b|\bLaunchAgents\b|\.bashrc|\.zshrc|\.config\/autostart|systemctl|\bschtasks\b/,
  ),
  weigh(
    'processes that cannot be seen',
    2,
    /\bCREATE_NO_WINDOW\b|\bcreationflags\b|\bSW_HIDE\b|\bDETACHED_PROCESS\b|\bstart_new_session\b|\bsetsid\b|\bpythonw\b|\bnohup\b|-WindowStyle Hidden/i,
  ),
  weigh('threads', 1, /\bThread\(|\bdaemon\s?=\s?True|\batexit\.register\b/),
  weigh('errors that are swallowed', 1, /\bexcept(?: (?:Base)?Exception)?:\s{1,40}pass\b/),
  weigh('one system alone', 1, /\bplatform\.system\(\)|\bos\.name ?[!=]= ?["']nt["']|\bsys\.platform\b/),
  weigh('programs that are written', 1, /\.(?:exe|bat|vbs|ps1|scr|sh|elf)["']|\bos\.chmod\(|0o7[57]/),
  weigh(
    'what is watched',
    2,
    /\bpynput\b|\bImageGrab\b|\bpyperclip\b|\bscreenshot\(|\bVideoCapture\(|\bclipboard\b|\bGetAsyncKeyState\b/,
  ),
  weigh('libraries of the system', 1, /\bctypes\b|\bwinreg\b|\bwin32\w+\b/),
  weigh('archives', 1, /\bzipfile\.ZipFile\(|\bmake_archive\(|\btarfile\.open\(/),
  weigh('files that are sent', 2, /\bfiles\s?=\s?\{|\bsend_?[dD]ocument\b|\bfiles_upload\b|\bstorbinary\b/),
  weigh('pauses', 1, /\btime\.sleep\(|\basyncio\.sleep\(/),
  weigh(
    'an install step of its own',
    2,
    /\bcmdclass\b[\s\S]{0,200}["'](?:install|develop|egg_info|build_py|sdist|bdist_wheel|build)["']/,
  ),
]
