/** Where the host key is, when it is not in the data directory. @module */

/** Returns the file that `MAYFLY_HOST_KEY_FILE` names; nothing where it names none. */
export function hostKeyFile(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  return environment['MAYFLY_HOST_KEY_FILE'] || undefined
}
