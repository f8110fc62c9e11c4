/**
 * A store of secrets in the data directory of a host: encrypted with a key of the host, changed by one process at a time.
 *
 * It is safe as far as the key is: beside the store, the key protects copies of the store alone. A key that is kept
 * elsewhere protects the whole data directory.
 *
 * A change is written whole or not at all. A change of the key takes three writes, and after each of them the store opens:
 * the file of keys has both keys, the store is encrypted with the new one, the file of keys has the new one alone.
 *
 * @module
 */

import { join } from 'node:path'
import type { Secret } from '../../../runtime/capabilities/http/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { makeHostKey, readHostKeys, writeHostKeys, type HostKey } from './host-key.ts'
import { openSecret, sealSecret, type SealedSecret, type SecretEntry } from './sealed-secret.ts'
import { checkSignature, damaged, readSecretFile, writeSecretFile } from './secret-file.ts'
import { holdingLock } from './store-lock.ts'

/** Where a store is. */
export interface SecretStoreOptions {
  /** The data directory of a host. It has to be there to set a secret. */
  directory: string
  /**
   * The file of the host key. The first secret that is set makes it.
   *
   * @default host.key in the directory
   */
  keyFile?: string | undefined
}

/** Whom a secret is for. */
export interface SecretUse {
  /** @default all agents */
  readonly agent?: string | undefined
  /** @default all hosts that a rule names */
  readonly hosts?: readonly string[] | undefined
}

/** The result of a change of the host key. */
export interface RotatedKey {
  /** How many secrets are encrypted anew. */
  readonly secrets: number
  /** Path of the file of the key. */
  readonly keyFile: string
}

const SECRETS_FILE = 'secrets.json'
const LOCK_FILE = 'secrets.lock'
const KEY_FILE = 'host.key'
// The store is read before its key. If the key is changed in between, the next look finds both.
const LOOKS = 3

/** Path of the file of the store in `directory`. */
export function secretsFile(directory: string): string {
  return join(directory, SECRETS_FILE)
}

export class SecretStore {
  readonly #file: string
  readonly #lockFile: string
  readonly #keyFile: string

  constructor({ directory, keyFile = join(directory, KEY_FILE) }: SecretStoreOptions) {
    this.#file = secretsFile(directory)
    this.#lockFile = join(directory, LOCK_FILE)
    this.#keyFile = keyFile
  }

  /**
   * Returns the secret `name` for `agent`: its own, or else that of all agents.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE
   */
  async get(name: string, agent: string): Promise<Secret | undefined> {
    const opened = await this.#read()
    if (opened === undefined) return undefined
    const { entries, key } = opened
    const entry = entries.find(isOf(name, agent)) ?? entries.find(isOf(name, undefined))
    if (entry === undefined) return undefined
    const value = await this.#open(key, entry)
    return entry.hosts === undefined ? { value } : { value, hosts: entry.hosts }
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  async list(): Promise<readonly SecretEntry[]> {
    return ((await this.#read())?.entries ?? []).map(unsealed)
  }

  /**
   * Sets the secret `name`, in place of the one of the same name and agent.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE
   */
  set(name: string, value: string, use: SecretUse = {}): Promise<SecretEntry> {
    return this.#change(async (key, entries) => {
      const before = entries.find(isOf(name, use.agent))
      const version = (before?.version ?? 0) + 1
      const entry = entryOf(name, use, { version, setAt: new Date().toISOString() })
      const sealed = await sealSecret(key.values, entry, value)
      const next = [...entries.filter((each) => each !== before), sealed]
      return { next, result: entry }
    })
  }

  /**
   * Returns the removed entry; nothing when there was none.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE
   */
  async remove(name: string, agent?: string): Promise<SecretEntry | undefined> {
    if (readSecretFile(this.#file) === undefined) return undefined
    return this.#change(async (_, entries) => {
      const result = entries.find(isOf(name, agent))
      return { next: entries.filter((each) => each !== result), result }
    })
  }

  /**
   * Encrypts all secrets anew with a new host key, and forgets the old one.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE
   */
  async rotate(): Promise<RotatedKey> {
    if (readSecretFile(this.#file) === undefined) throw nothingToRotate(this.#file)
    return holdingLock(this.#lockFile, async () => {
      const opened = await this.#read()
      if (opened === undefined) throw nothingToRotate(this.#file)
      const key = await makeHostKey()
      writeHostKeys(this.#keyFile, [key, opened.key])
      const entries = await this.#sealAnew(opened, key)
      await writeSecretFile(this.#file, key, entries)
      writeHostKeys(this.#keyFile, [key])
      return { secrets: entries.length, keyFile: this.#keyFile }
    })
  }

  /** Ends a change of the key that was broken off, as well. */
  #change<Result>(
    work: (
      key: HostKey,
      entries: readonly SealedSecret[],
    ) => Promise<{ readonly next: readonly SealedSecret[]; readonly result: Result }>,
  ): Promise<Result> {
    return holdingLock(this.#lockFile, async () => {
      const opened = await this.#read()
      const keys = await readHostKeys(this.#keyFile)
      const key = keys[0] ?? (await makeHostKey())
      if (keys.length === 0) writeHostKeys(this.#keyFile, [key])
      const entries = opened === undefined ? [] : await this.#sealAnew(opened, key)
      const { next, result } = await work(key, entries)
      await writeSecretFile(this.#file, key, next.toSorted(byName))
      if (keys.length > 1) writeHostKeys(this.#keyFile, [key])
      return result
    })
  }

  /** Nothing when there is no store. */
  async #read(): Promise<Opened | undefined> {
    for (let look = 1; ; look++) {
      const file = readSecretFile(this.#file)
      if (file === undefined) return undefined
      const keys = await readHostKeys(this.#keyFile)
      const key = keys.find(({ id }) => id === file.key)
      if (key !== undefined) {
        await checkSignature(this.#file, file, key)
        return { entries: file.entries, key }
      }
      if (look === LOOKS) throw noKey(this.#file, this.#keyFile, keys.length > 0)
    }
  }

  async #sealAnew({ entries, key: from }: Opened, to: HostKey): Promise<readonly SealedSecret[]> {
    if (from.id === to.id) return entries
    return Promise.all(
      entries.map(async (sealed) =>
        sealSecret(to.values, unsealed(sealed), await this.#open(from, sealed)),
      ),
    )
  }

  async #open(key: HostKey, sealed: SealedSecret): Promise<string> {
    try {
      return await openSecret(key.values, sealed)
    } catch {
      // No cause: the error of the platform says nothing.
      throw damaged(this.#file, `"${sealed.name}" does not open`)
    }
  }
}

/** The entries, and the key that opens them. */
interface Opened {
  readonly entries: readonly SealedSecret[]
  readonly key: HostKey
}

function isOf(name: string, agent: string | undefined): (entry: SecretEntry) => boolean {
  return (entry) => entry.name === name && entry.agent === agent
}

function unsealed({ name, agent, hosts, version, setAt }: SealedSecret): SecretEntry {
  return entryOf(name, { agent, hosts }, { version, setAt })
}

function entryOf(
  name: string,
  { agent, hosts }: SecretUse,
  { version, setAt }: Pick<SecretEntry, 'version' | 'setAt'>,
): SecretEntry {
  return {
    name,
    ...(agent === undefined ? {} : { agent }),
    ...(hosts === undefined ? {} : { hosts }),
    version,
    setAt,
  }
}

/** By name, that of all agents first. */
function byName(one: SecretEntry, other: SecretEntry): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1
  return (one.agent ?? '') < (other.agent ?? '') ? -1 : 1
}

function nothingToRotate(file: string): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot change the host key: no secrets in "${file}"`, {
    hint: 'Name the data directory of the host with --data',
    facts: { file },
  })
}

function noKey(file: string, keyFile: string, isOther: boolean): MayflyError {
  const state = isOther ? `"${keyFile}" has another key` : `no host key "${keyFile}"`
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot open secrets "${file}": ${state}`, {
    hint: `Put the key back that they were set with, or name its file in MAYFLY_HOST_KEY_FILE. Without it they are lost: remove "${file}" and set them again`,
    facts: { file, keyFile },
  })
}
