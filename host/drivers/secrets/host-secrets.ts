/**
 * The secrets of a host that is started from the command line: the environment, then the file that
 * `MAYFLY_SECRETS_FILE` names.
 *
 * @module
 */

import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'
import { environmentSecrets } from './environment-secrets.ts'
import { fileSecrets } from './file-secrets.ts'
import { firstOf } from './first-of.ts'

export function hostSecrets(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SecretDriver {
  const file = environment['MAYFLY_SECRETS_FILE']
  const fromEnvironment = environmentSecrets({ environment })
  return file ? firstOf(fromEnvironment, fileSecrets({ file })) : fromEnvironment
}
