/** Cryptography and secrets of the host, for this engine: it replaces the `host-crypto.ts` of `components/guest`. @module */

import * as crypto from 'mayfly:agent/crypto@0.2.0'
import * as secrets from 'mayfly:agent/secrets@0.2.0'
import type { CryptoHost, SecretsHost } from '../guest/host-crypto.ts'

export const cryptoHost: CryptoHost | undefined = crypto

export const secretsHost: SecretsHost | undefined = secrets
