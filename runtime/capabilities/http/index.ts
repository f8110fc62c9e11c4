/** Outbound HTTP. @module */
export { HttpRefusal, type HttpDriver, type HttpDriverOptions } from '../../capability/index.ts'
export { NETWORKS, type Network } from '../../manifest/index.ts'
export { http, type HttpOptions } from './http.ts'
