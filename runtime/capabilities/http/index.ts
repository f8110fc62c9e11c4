/** Outbound HTTP. @module */
export {
  HttpRefusal,
  type HttpDriver,
  type HttpDriverOptions,
  type Shared,
} from '../../host-module/index.ts'
export { NETWORKS, type Network } from '../../manifest/index.ts'
export { http, type HttpOptions } from './http.ts'
