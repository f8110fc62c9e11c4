/** `node:url`, of unenv. @module */
export * from 'unenv/node/url'
export { default } from 'unenv/node/url'
