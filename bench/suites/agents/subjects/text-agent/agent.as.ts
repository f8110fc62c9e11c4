/** Answers a few words. @module */
import { Request, Response, serve } from 'mayfly/guest/assemblyscript'

serve((request: Request): Response => Response.text('Hello, ' + request.url))
