/** `node:querystring`, of unenv. @module */
export * from 'unenv/node/querystring'
export { default } from 'unenv/node/querystring'
