/**
 * Which paths files of a pack may have.
 *
 * @module
 */

const MAX_PATH_LENGTH = 512
// Of https://www.rfc-editor.org/rfc/rfc8615, such as security.txt. Other names with a dot in front are of tools.
const WELL_KNOWN = '.well-known'

/** Whether `path`, without a slash in front, may be of a file: no part of it leads up, is hidden or is empty. */
export function isAssetPath(path: string): boolean {
  if (path.length === 0 || path.length > MAX_PATH_LENGTH || !path.isWellFormed()) return false
  const [first = '', ...others] = path.split('/')
  return (others.length > 0 && first === WELL_KNOWN ? others : [first, ...others]).every(isShown)
}

/** Whether files below a folder of this name, at the top, are served. */
export function isShownFolder(name: string, isTop: boolean): boolean {
  return isShown(name) || (isTop && name === WELL_KNOWN)
}

/** Whether a name is of a file or a folder that is served. */
export function isShown(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !hasSpecial(name)
}

/** A backslash divides paths on some systems; control characters stand in no name that a person gives. */
function hasSpecial(name: string): boolean {
  for (const character of name)
    if (character === '\\' || character < ' ' || character === '\x7f') return true
  return false
}
