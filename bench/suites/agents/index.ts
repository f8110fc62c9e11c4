/** Calls and requests of agents, from a fresh state each. @module */
import type { Case } from '../suite.ts'
import { deadline } from './deadline.ts'
import { assemblyscript, javascript, typescript } from './fresh-state.ts'
import { http } from './http.ts'
import { kernels } from './kernels.ts'
import { post, postBeside } from './post.ts'
import { rewriting, stamp } from './stamp.ts'
import { suspend } from './suspend.ts'
import { warmCall } from './warm-call.ts'

export const agents: readonly Case[] = [
  javascript,
  typescript,
  post,
  postBeside,
  stamp,
  assemblyscript,
  warmCall,
  suspend,
  rewriting,
  kernels,
  deadline,
  http,
]
