/** @jsxImportSource hono/jsx */
/**
 * The document of the page, rendered when the package is built. It holds nothing of a host: what is shown comes after the
 * page has shown its token.
 *
 * @module
 */

export function documentOf() {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>Mayfly</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/page.css" />
        <script type="module" src="/page.js" />
      </head>
      <body>
        <div id="page">
          <main class="lonely">
            <h1>Mayfly</h1>
            <p>One moment.</p>
            <noscript>
              <p>This page needs JavaScript. Without: mayfly control agents</p>
            </noscript>
          </main>
        </div>
      </body>
    </html>
  )
}
