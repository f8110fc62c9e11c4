/** The `fetch` of a platform as a driver of `http`. @module */
export { webFetch } from './web-fetch.ts'
