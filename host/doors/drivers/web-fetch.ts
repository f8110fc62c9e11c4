/** A driver of `http` over the `fetch` of the platform, for Workers and browsers. @module */
export { webFetch } from '../../drivers/web-fetch/index.ts'
