// Rules whose finding means that the bytes are not those of the claim at all: the gate then keeps nothing under it.

/** apk: the SHA-1 of the control member differs from `C:` of the index. */
export const CONTROL_DIGEST_DIFFERS = 'apk-control-digest-differs'
