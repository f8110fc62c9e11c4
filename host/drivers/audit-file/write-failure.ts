/** Why a file could not be written, in words. @module */

export function writeFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  return REASONS[code ?? ''] ?? code ?? String(error)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EFBIG: 'the file may not grow further',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'not writable for this user',
  ENOENT: 'no such directory',
}
