/** Outbound HTTP. @module */
export { HttpRefusal, type HttpDriver, type HttpDriverOptions } from './driver.ts'
export { http, type HttpOptions } from './http.ts'
