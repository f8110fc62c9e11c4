/** Cryptography. During the build of an agent, random values throw. @module */

interface Algorithm {
  name: string
}
type AlgorithmIdentifier = Algorithm | string
type HashAlgorithmIdentifier = AlgorithmIdentifier
type BigInteger = Uint8Array<ArrayBuffer>
type NamedCurve = string
type KeyFormat = 'jwk' | 'pkcs8' | 'raw' | 'spki'
type KeyType = 'private' | 'public' | 'secret'
type KeyUsage =
  'decrypt' | 'deriveBits' | 'deriveKey' | 'encrypt' | 'sign' | 'unwrapKey' | 'verify' | 'wrapKey'

interface KeyAlgorithm {
  name: string
}
interface RsaKeyGenParams extends Algorithm {
  modulusLength: number
  publicExponent: BigInteger
}
interface RsaHashedKeyGenParams extends RsaKeyGenParams {
  hash: HashAlgorithmIdentifier
}
interface RsaHashedImportParams extends Algorithm {
  hash: HashAlgorithmIdentifier
}
interface RsaOaepParams extends Algorithm {
  label?: BufferSource
}
interface RsaPssParams extends Algorithm {
  saltLength: number
}
interface EcKeyGenParams extends Algorithm {
  namedCurve: NamedCurve
}
interface EcKeyImportParams extends Algorithm {
  namedCurve: NamedCurve
}
interface EcdsaParams extends Algorithm {
  hash: HashAlgorithmIdentifier
}
interface EcdhKeyDeriveParams extends Algorithm {
  public: CryptoKey
}
interface AesKeyGenParams extends Algorithm {
  length: number
}
type AesKeyAlgorithm = KeyAlgorithm & { length: number }
interface AesDerivedKeyParams extends Algorithm {
  length: number
}
interface AesCbcParams extends Algorithm {
  iv: BufferSource
}
interface AesCtrParams extends Algorithm {
  counter: BufferSource
  length: number
}
interface AesGcmParams extends Algorithm {
  iv: BufferSource
  additionalData?: BufferSource
  tagLength?: number
}
interface HmacKeyGenParams extends Algorithm {
  hash: HashAlgorithmIdentifier
  length?: number
}
interface HmacImportParams extends Algorithm {
  hash: HashAlgorithmIdentifier
  length?: number
}
interface HkdfParams extends Algorithm {
  hash: HashAlgorithmIdentifier
  info: BufferSource
  salt: BufferSource
}
interface Pbkdf2Params extends Algorithm {
  hash: HashAlgorithmIdentifier
  iterations: number
  salt: BufferSource
}
interface RsaOtherPrimesInfo {
  d?: string
  r?: string
  t?: string
}
interface JsonWebKey {
  alg?: string
  crv?: string
  d?: string
  dp?: string
  dq?: string
  e?: string
  ext?: boolean
  k?: string
  key_ops?: string[]
  kty?: string
  n?: string
  oth?: RsaOtherPrimesInfo[]
  p?: string
  q?: string
  qi?: string
  use?: string
  x?: string
  y?: string
}

interface CryptoKey {
  readonly algorithm: KeyAlgorithm
  readonly extractable: boolean
  readonly type: KeyType
  readonly usages: KeyUsage[]
}
declare var CryptoKey: { prototype: CryptoKey; new (): CryptoKey }
interface CryptoKeyPair {
  privateKey: CryptoKey
  publicKey: CryptoKey
}

type SigningAlgorithm = AlgorithmIdentifier | RsaPssParams | EcdsaParams
type CipherAlgorithm =
  AlgorithmIdentifier | RsaOaepParams | AesCtrParams | AesCbcParams | AesGcmParams
type DerivingAlgorithm = AlgorithmIdentifier | EcdhKeyDeriveParams | HkdfParams | Pbkdf2Params
type ImportAlgorithm =
  | AlgorithmIdentifier
  | RsaHashedImportParams
  | EcKeyImportParams
  | HmacImportParams
  | AesKeyAlgorithm
type DerivedKeyAlgorithm = AlgorithmIdentifier | AesDerivedKeyParams | HmacImportParams

interface SubtleCrypto {
  decrypt(algorithm: CipherAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>
  deriveBits(
    algorithm: DerivingAlgorithm,
    baseKey: CryptoKey,
    length?: number | null,
  ): Promise<ArrayBuffer>
  deriveKey(
    algorithm: DerivingAlgorithm,
    baseKey: CryptoKey,
    derived: DerivedKeyAlgorithm,
    extractable: boolean,
    usages: Iterable<KeyUsage>,
  ): Promise<CryptoKey>
  digest(algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer>
  encrypt(algorithm: CipherAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>
  exportKey(format: Exclude<KeyFormat, 'jwk'>, key: CryptoKey): Promise<ArrayBuffer>
  exportKey(format: KeyFormat, key: CryptoKey): Promise<ArrayBuffer | JsonWebKey>
  generateKey(
    algorithm: 'Ed25519' | { name: 'Ed25519' } | RsaHashedKeyGenParams | EcKeyGenParams,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKeyPair>
  generateKey(
    algorithm: AesKeyGenParams | HmacKeyGenParams,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>
  generateKey(
    algorithm: AlgorithmIdentifier,
    extractable: boolean,
    usages: Iterable<KeyUsage>,
  ): Promise<CryptoKeyPair | CryptoKey>
  importKey(
    format: 'jwk',
    key: JsonWebKey,
    algorithm: ImportAlgorithm,
    extractable: boolean,
    usages: Iterable<KeyUsage>,
  ): Promise<CryptoKey>
  importKey(
    format: Exclude<KeyFormat, 'jwk'>,
    key: BufferSource,
    algorithm: ImportAlgorithm,
    extractable: boolean,
    usages: Iterable<KeyUsage>,
  ): Promise<CryptoKey>
  sign(algorithm: SigningAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>
  unwrapKey(
    format: KeyFormat,
    wrapped: BufferSource,
    key: CryptoKey,
    algorithm: CipherAlgorithm,
    unwrapped: ImportAlgorithm,
    extractable: boolean,
    usages: Iterable<KeyUsage>,
  ): Promise<CryptoKey>
  verify(
    algorithm: SigningAlgorithm,
    key: CryptoKey,
    signature: BufferSource,
    data: BufferSource,
  ): Promise<boolean>
  wrapKey(
    format: KeyFormat,
    key: CryptoKey,
    wrappingKey: CryptoKey,
    algorithm: CipherAlgorithm,
  ): Promise<ArrayBuffer>
}
declare var SubtleCrypto: { prototype: SubtleCrypto; new (): SubtleCrypto }

interface Crypto {
  readonly subtle: SubtleCrypto
  getRandomValues<T extends ArrayBufferView>(array: T): T
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`
}
declare var Crypto: { prototype: Crypto; new (): Crypto }
declare var crypto: Crypto
