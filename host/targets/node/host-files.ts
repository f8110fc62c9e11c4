/** The state of a registry on Node: files in the data directory. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditSink } from '../../../runtime/audit/index.ts'
import { directoryState } from '../../drivers/directory-state/index.ts'
import {
  AgentHistory,
  AgentLedger,
  AssetKeeper,
  memoryState,
  TokenStore,
  VersionStore,
  type StateStore,
} from '../../registry/index.ts'

const DEPLOYED_DIRECTORY = 'deployed'
const VERSIONS_DIRECTORY = 'versions'
const ASSETS_DIRECTORY = 'assets'

/**
 * @param dataDirectory - without one, approvals are gone with the process
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when the file cannot be read, or a newer host wrote it
 */
export function openLedger(dataDirectory: string | undefined): AgentLedger {
  return new AgentLedger(stateOf(dataDirectory))
}

/**
 * @param dataDirectory - without one, tokens are gone with the process
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when the file cannot be read, or a newer host wrote it
 */
export function openTokens(
  dataDirectory: string | undefined,
  audit: AuditSink | undefined,
): TokenStore {
  return new TokenStore({ state: stateOf(dataDirectory), audit })
}

/** @param dataDirectory - without one, they are in a folder that is gone with the process */
export function openAssetKeeper(dataDirectory: string | undefined): {
  readonly keeper: AssetKeeper
  /** Nothing is served any more. */
  close(): void
} {
  if (dataDirectory !== undefined) {
    const directory = join(dataDirectory, ASSETS_DIRECTORY)
    return { keeper: new AssetKeeper(directoryState({ directory })), close: () => {} }
  }
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-assets-'))
  return {
    keeper: new AssetKeeper(directoryState({ directory })),
    close: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** @param dataDirectory - without one, deployed versions are gone with the process */
export function openVersions(dataDirectory: string | undefined, assets: AssetKeeper): VersionStore {
  return new VersionStore(
    dataDirectory === undefined
      ? undefined
      : directoryState({ directory: join(dataDirectory, DEPLOYED_DIRECTORY) }),
    assets,
  )
}

/**
 * @param dataDirectory - without one, versions to roll back to are gone with the process
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when a file of it cannot be read, or a newer host wrote it
 */
export function openHistory(dataDirectory: string | undefined, assets: AssetKeeper): AgentHistory {
  if (dataDirectory === undefined) return new AgentHistory({ assets })
  const state = directoryState({ directory: join(dataDirectory, VERSIONS_DIRECTORY) })
  return new AgentHistory({ state, assets })
}

function stateOf(dataDirectory: string | undefined): StateStore {
  return dataDirectory === undefined ? memoryState() : directoryState({ directory: dataDirectory })
}
