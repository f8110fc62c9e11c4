/**
 * A version of an agent as it arrives: a form with the manifest and the component, as `curl -F` sends it.
 *
 * @module
 */

import { MayflyError } from '../../runtime/errors/index.ts'
import { manifestFromObject, parseManifest, type Manifest } from '../../runtime/manifest/index.ts'
import type { DeployForm } from './contract.ts'
import type { DeployedVersion } from './host.ts'

/** A form may take this much. Components with the largest engine there is are 13 MB. */
export const MAX_DEPLOY_BYTES: number = 64 * 1024 * 1024

// A thousand times that of an agent; its problems are looked for on the thread that carries out commands.
export const MAX_MANIFEST_BYTES: number = 1024 * 1024

const HINT =
  'curl -F manifest=@agent.json -F component=@agent.wasm HOST/-/agents, with -F sourceMap=@agent.wasm.map and -F assets=@agent.wasm.assets where there are any'

/** @throws {MayflyError} ERR_USAGE, ERR_MANIFEST_INVALID */
export async function readDeployRequest(request: Request): Promise<DeployedVersion> {
  const form = await formOf(request)
  const manifest = form.get('manifest')
  const component = form.get('component')
  const sourceMap = form.get('sourceMap')
  const assets = form.get('assets')
  if (manifest === null) throw missing('manifest')
  if (component === null || typeof component === 'string') throw missing('component')
  const parsed = manifestOf(await textOf(manifest))
  if (typeof assets === 'string' || (assets === null) !== (parsed.assets === undefined))
    throw parsed.assets === undefined ? notNamed() : missing('assets')
  return {
    manifest: parsed,
    component: new Uint8Array(await component.arrayBuffer()),
    ...(assets === null ? {} : { assetPack: new Uint8Array(await assets.arrayBuffer()) }),
    ...(sourceMap === null ? {} : { sourceMapJson: await textOf(sourceMap) }),
  }
}

async function textOf(part: string | File): Promise<string> {
  return typeof part === 'string' ? part : part.text()
}

async function formOf(request: Request): Promise<FormData> {
  try {
    return await request.formData()
  } catch (cause) {
    throw new MayflyError('ERR_USAGE', 'Cannot deploy: the body is not a form', {
      cause,
      hint: HINT,
    })
  }
}

function missing(part: keyof DeployForm): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot deploy: the form has no file "${part}"`, {
    hint: HINT,
  })
}

function notNamed(): MayflyError {
  return new MayflyError('ERR_USAGE', 'Cannot deploy assets: the manifest names none', {
    hint: 'Add "assets" to agent.json',
  })
}

/** As programs write it, without the code it names elsewhere; or as people do, with comments. */
export function manifestOf(text: string): Manifest {
  if (text.length > MAX_MANIFEST_BYTES) {
    throw new MayflyError(
      'ERR_MANIFEST_INVALID',
      `Cannot read the manifest: it has ${text.length} characters, ${MAX_MANIFEST_BYTES} allowed`,
      { hint: HINT },
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return parseManifest(text, { file: 'agent.json' })
  }
  return manifestFromObject(value)
}
