/**
 * `crypto.subtle` with its keys, and `env.secrets`, which gives keys.
 *
 * @module
 */

import { cryptoHost } from '../../host-crypto.ts'
import { parts } from '../../parts.ts'
import { define } from '../define.ts'
import { CryptoKey } from './crypto-key.ts'
import { secrets } from './secrets.ts'
import { subtle, SubtleCrypto } from './subtle-crypto.ts'

parts.secrets = secrets
// An engine whose world has no cryptography may have some itself.
if (cryptoHost !== undefined || parts.subtle === undefined) {
  parts.subtle = subtle
  define({ CryptoKey, SubtleCrypto })
}
