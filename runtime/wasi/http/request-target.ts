/**
 * Method and target of a request that a guest makes, checked when they are set.
 *
 * @module
 */
import { isFieldName } from '../../policy/index.ts'
import { unfit } from './error-code.ts'
import { methodName, methodOf, schemeName, schemeOf, type Method, type Scheme } from './method.ts'

/** The texts that a version of WASI takes for parts of a target. */
export interface TargetRules {
  readonly path: RegExp
  readonly authority: RegExp
  /** Whether there may be a user in an authority. Such a request can be made; none is sent. */
  readonly userinfo: boolean
}

/** Method and target of a request that came in: another server's checks let it through. */
export interface TargetParts {
  readonly method: string
  readonly url: URL
}

/** The method of the request; its URL, `undefined` when the parts make none that is sent. */
export let targetOf: (target: RequestTarget) => { method: string; url: URL | undefined }

export class RequestTarget {
  readonly #rules: TargetRules
  #method: Method = { tag: 'get' }
  #path: string | undefined
  #scheme: Scheme | undefined
  #authority: string | undefined

  constructor(rules: TargetRules, received?: TargetParts) {
    this.#rules = rules
    if (received === undefined) return
    const { method, url } = received
    this.#method = methodOf(method)
    this.#scheme = schemeOf(url.protocol)
    this.#authority = url.host
    this.#path = url.pathname + url.search
  }

  getMethod(): Method {
    return this.#method
  }

  setMethod(method: Method): void {
    const name = methodName(method)
    if (!isFieldName(name)) throw unfit()
    this.#method = methodOf(name)
  }

  getPathWithQuery(): string | undefined {
    return this.#path
  }

  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && path !== '' && !this.#rules.path.test(path)) throw unfit()
    this.#path = path
  }

  getScheme(): Scheme | undefined {
    return this.#scheme
  }

  setScheme(scheme: Scheme | undefined): void {
    const name = scheme && schemeName(scheme)
    if (name !== undefined && !/^[a-z][a-z0-9+.-]*$/i.test(name)) throw unfit()
    this.#scheme = name === undefined ? undefined : schemeOf(`${name}:`)
  }

  getAuthority(): string | undefined {
    return this.#authority
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && !this.#admits(authority)) throw unfit()
    this.#authority = authority
  }

  /** A host and perhaps a port, and nothing that would end the authority of a URL. */
  #admits(text: string): boolean {
    const { authority, userinfo } = this.#rules
    if (!authority.test(text) || /[/?#\\]/.test(text) || (!userinfo && text.includes('@')))
      return false
    return URL.canParse(`http://${text}/`)
  }

  static {
    targetOf = (target) => {
      const scheme = target.#scheme === undefined ? 'https' : schemeName(target.#scheme)
      const path = target.#path || '/'
      const text = `${scheme}://${target.#authority ?? ''}${path.startsWith('/') ? '' : '/'}${path}`
      const url = target.#authority === undefined ? null : URL.parse(text)
      const isSent = url !== null && url.username === '' && url.password === ''
      return { method: methodName(target.#method), url: isSent ? url : undefined }
    }
  }
}
