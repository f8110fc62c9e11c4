/** `node:path/posix`, of unenv. @module */
export * from 'unenv/node/path/posix'
export { default } from 'unenv/node/path/posix'
