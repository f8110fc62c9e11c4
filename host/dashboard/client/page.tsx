/** The page of the operator. @module */
import { render } from 'hono/jsx/dom'
import { App } from './app.tsx'
import { codeOfAddress, enter } from './session.ts'
import { SignedOut } from './signed-out.tsx'

const root = document.querySelector<HTMLElement>('#page')
const entry = await enter()
if (root !== null) {
  root.replaceChildren()
  render('token' in entry ? <App token={entry.token} /> : <SignedOut reason={entry.reason} />, root)
}
// A link that is opened in this tab: the same document, with another code.
addEventListener('hashchange', () => {
  if (codeOfAddress() !== undefined) location.reload()
})
