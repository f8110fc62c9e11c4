/** `URLPattern`, from its polyfill. @module */

import { URLPattern } from 'urlpattern-polyfill/urlpattern'
import { define } from './define.ts'

define({ URLPattern })
