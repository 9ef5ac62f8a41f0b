import { type Content, html } from "./html.ts";

/** A page of the site. Links are relative, so that the site works in any folder. */
export interface Page {
  readonly title: string;
  /** One sentence for search engines and link previews. */
  readonly description: string;
  readonly nav: readonly NavLink[];
  readonly body: Content;
  /** The site's file that the page runs; that of the charts where nothing is said. */
  readonly script?: string;
}

export interface NavLink {
  readonly href: string;
  readonly label: string;
  readonly current: boolean;
}

/** Nothing but the site's own files, and no code or style from the page itself. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The whole document, with the head, navigation and footer that all pages share. */
export function renderPage(
  { title, description, nav, body, script = "assets/charts.js" }: Page,
): string {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Tenfold">
        <meta name="description" content="${description}">
        <title>${title}</title>
        <link rel="icon" href="assets/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="assets/style.css">
        <link rel="stylesheet" href="assets/verdicts.css">
        <script src="${script}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="site">
          <a class="brand" href="index.html">Tenfold</a>
          <nav aria-label="Pages">
            <ul>${nav.map(navItem)}</ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">
    ${body}
        </main>
        <footer class="site">
          <p>Tenfold tests the rules of thumb of the optimizer SING
    (<a href="https://arxiv.org/abs/2305.15997">arXiv:2305.15997</a>) against AdamW.
    Everything on these pages comes from stored runs; nothing is loaded from elsewhere.</p>
        </footer>
      </body>
    </html>
  `.source.trimStart();
}

function navItem({ href, label, current }: NavLink): Content {
  return current
    ? html`<li><a href="${href}" aria-current="page">${label}</a></li>`
    : html`<li><a href="${href}">${label}</a></li>`;
}
