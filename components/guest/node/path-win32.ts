/** `node:path/win32`, of unenv. @module */
export * from 'unenv/node/path/win32'
export { default } from 'unenv/node/path/win32'
