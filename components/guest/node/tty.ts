/** `node:tty`: there is no terminal. @module */
export const isatty = (): boolean => false
export default { isatty }
