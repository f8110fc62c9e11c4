/** `node:punycode`, of unenv. @module */
export * from 'unenv/node/punycode'
export { default } from 'unenv/node/punycode'
