// What one environment variable tells by its name.
import { TAG } from './tag.ts'

const SECRET =
  /TOKEN|SECRET|PASSW|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|CREDENTIAL|_AUTH\b|SESSION_?STRING|STRING_?SESSION/i

const WALLET =
  /^(?:\w{1,20}_)?(?:WALLET_(?:PRIVATE_?KEY|SECRET)|MNEMONIC|SEED_?PHRASE|RECOVERY_?PHRASE)$|^(?:(?:ETH|SOL|SOLANA|EVM|BTC|DEPLOYER|OWNER|USER|TRADER)_)?PRIVATE_?KEY$/

/** Tag of the variable `name`; npm's own configuration variables tell nothing. */
export function environmentTag(name: string): number {
  if (/^npm_(?:config|package|lifecycle)/i.test(name)) return 0
  if (WALLET.test(name)) return TAG.secret | TAG.walletKey
  if (SECRET.test(name)) return TAG.secret
  if (/^(?:USER|USERNAME|LOGNAME|USERDOMAIN|HOME|USERPROFILE)$/.test(name)) return TAG.user
  if (/^(?:HOSTNAME|COMPUTERNAME)$/.test(name)) return TAG.hostname
  return /^(?:PWD|INIT_CWD)$/.test(name) ? TAG.folder : 0
}
