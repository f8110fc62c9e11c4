/** `node:buffer`, of unenv. @module */
export * from 'unenv/node/buffer'
export { default } from 'unenv/node/buffer'
