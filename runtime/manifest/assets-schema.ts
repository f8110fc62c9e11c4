/**
 * The schema of `assets` in `agent.json`: files that are served beside the answers of the agent.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe } from '../grants/index.ts'
import type { AssetSettings } from './manifest.ts'

const MAX_PATTERNS = 32 // Each is compared with the path of every request
const FOLDER = 'a folder beside agent.json, such as "public"'
const FILE = 'a file in that folder, such as "index.html"'
const PATTERN = 'a path such as "/robots.txt", or all below one, such as "/api/*"'

const folderSchema = z.string(FOLDER).check(
  // The build looks at links; here is what no folder beside the file can be.
  z.regex(/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))(?!.*\\)[^\0]+$/, FOLDER),
)

const patterns = (): z.ZodMiniOptional<z.ZodMiniArray<z.ZodMiniString<string>>> =>
  z.optional(
    z
      .array(
        z
          .string(PATTERN)
          .check(
            z.regex(/^(?:\/[\w.~!$&'()+,;=:@-]+)*\/\*$|^(?:\/[\w.~!$&'()+,;=:@-]+)+$/, PATTERN),
          ),
      )
      .check(z.maxLength(MAX_PATTERNS, `a list of at most ${MAX_PATTERNS} paths`)),
  )

const settingsSchema = z.strictObject({
  folder: describe(folderSchema, 'The folder, relative to agent.json. Required.', 'public'),
  fallback: describe(
    z.optional(z.string(FILE).check(z.regex(/^(?!\/)(?!.*(?:^|\/)\.)(?!.*\\)[^\0]+$/, FILE))),
    'The file that answers a browser that opens a page where no file is, with status 200: for an application that reads the path itself. What scripts and pages load goes to the agent as before. Default: none.',
    'index.html',
  ),
  except: describe(
    patterns(),
    'Paths below the route that always go to the agent. Default: none.',
    ['/api/*'],
  ),
  immutable: describe(
    patterns(),
    'Paths below the route whose files never change, because their names do: browsers keep them for a year. Default: none; browsers ask each time whether a file has changed.',
    ['/assets/*'],
  ),
})

export const assetsSchema: z.ZodMiniType<string | AssetSettings | undefined> = describe(
  z.optional(z.union([folderSchema, settingsSchema])),
  'A folder whose files answer GET and HEAD below the route of this agent, before the agent does: "public", or an object that says more. A folder answers with its index.html. Files and folders that begin with a dot are left out, but for ".well-known"; beside "app.js", "app.js.br", "app.js.zst" and "app.js.gz" are the same file for clients that take those encodings. At most 10,000 files and 48 MiB, which are a part of each version. Default: none.',
  'public',
  { folder: 'dist', fallback: 'index.html', except: ['/api/*'], immutable: ['/assets/*'] },
)
