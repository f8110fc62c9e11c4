/**
 * The secrets of a host that is started from the command line: the environment, then the file that
 * `MAYFLY_SECRETS_FILE` names, then the store in its data directory.
 *
 * @module
 */

import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'
import { environmentSecrets } from './environment-secrets.ts'
import { fileSecrets } from './file-secrets.ts'
import { firstOf } from './first-of.ts'
import { hostKeyFile } from './host-key-file.ts'
import { storedSecrets } from './stored-secrets.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the secrets of a host are. */
export interface HostSecretsOptions {
  /**
   * Variables of the host.
   *
   * @default process.env
   */
  environment?: Environment
  /**
   * The directory with the store of `mayfly secret`.
   *
   * @default none: there is no store
   */
  dataDirectory?: string | undefined
}

export function hostSecrets({
  environment = process.env,
  dataDirectory,
}: HostSecretsOptions = {}): SecretDriver {
  const file = environment['MAYFLY_SECRETS_FILE']
  return firstOf(
    environmentSecrets({ environment }),
    ...(file ? [fileSecrets({ file })] : []),
    ...(dataDirectory === undefined
      ? []
      : [storedSecrets({ directory: dataDirectory, keyFile: hostKeyFile(environment) })]),
  )
}
