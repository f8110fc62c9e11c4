/** Outbound HTTP. @module */
export {
  HttpRefusal,
  type HttpAsked,
  type HttpDriver,
  type HttpDriverOptions,
  type HttpReply,
} from './driver.ts'
export { NETWORKS, type Network } from '../../manifest/index.ts'
export { http, type HttpOptions } from './http.ts'
export type { Secret, SecretDriver } from './secret.ts'
