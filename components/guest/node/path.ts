/** `node:path`, of unenv. @module */
export * from 'unenv/node/path'
export { default } from 'unenv/node/path'
