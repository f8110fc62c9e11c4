/** `node:diagnostics_channel`, of unenv. @module */
export * from 'unenv/node/diagnostics_channel'
export { default } from 'unenv/node/diagnostics_channel'
