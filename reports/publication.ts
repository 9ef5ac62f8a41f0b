/**
 * What a site that is published has beside its pages: a picture for link previews, a feed of what
 * changed between studies, a map for search engines and a page for addresses that do not exist.
 * All of it is a function of the rows: no clock, no machine.
 */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { createRequire } from "node:module";
import { UserError } from "../data/errors.ts";
import type { Change, Changes, Edition } from "../data/verdicts/changes.ts";
import type { Register } from "../data/verdicts/register.ts";
import { bullets, type Content, html } from "./html.ts";
import { formatCount } from "./numbers.ts";
import { methodWords, withTimes } from "./words.ts";

/** Where the site will be found: `https://example.org/tenfold/`. */
export type Address = URL;

/** One published study against the one before it. */
export interface Release {
  readonly edition: Edition;
  /** Against the study before; null for the first. */
  readonly changes: Changes | null;
}

export const SHARE_FILE = "assets/share.png";
export const FEED_FILE = "feed.xml";
export const CHANGES_FILE = "changes.html";
export const MISSING_FILE = "404.html";

/** The size that link previews ask for, in pixels. */
const SHARE_SIZE = { width: 1200, height: 630 } as const;

/** Letters of a line of the picture's sentence. */
const LINE_LENGTH = 64;

const require = createRequire(import.meta.url);
let renderer: Promise<void> | undefined;

/**
 * The Open Graph picture: the first thing that was found, and every claim's verdict. Drawn with a
 * font that comes with the package, so that its bytes are the same everywhere.
 *
 * @returns A PNG of {@link SHARE_SIZE}.
 */
export async function sharePicture(
  register: Register | null,
): Promise<Uint8Array> {
  renderer ??= Deno.readFile(require.resolve("@resvg/resvg-wasm/index_bg.wasm"))
    .then(initWasm);
  await renderer;
  const fonts = await Promise.all(
    ["DejaVuSans", "DejaVuSans-Bold"].map((name) =>
      Deno.readFile(require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))
    ),
  );
  const drawing = new Resvg(shareSvg(register), {
    font: { fontBuffers: fonts, defaultFontFamily: "DejaVu Sans" },
    fitTo: { mode: "width", value: SHARE_SIZE.width },
  });
  return drawing.render().asPng();
}

const STATE_COLORS: Readonly<Record<string, string>> = {
  "SUPPORTED": "#4fc3a1",
  "REFUTED": "#ff9a52",
  "INCONCLUSIVE": "#d9c45b",
  "NO OPTIMUM": "#b9a3e3",
};
const QUIET = "#8d95a3";

function shareSvg(register: Register | null): string {
  const { width, height } = SHARE_SIZE;
  const claims = (register?.claims ?? []).filter(({ claim }) =>
    claim.optimizer === "sing"
  );
  const found = register?.findings[0] ?? "No experiment has been run yet.";
  const lines = wrapped(found, LINE_LENGTH).slice(0, 6);
  const step = (width - 120) / Math.max(1, claims.length);
  return html`
    <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
      font-family="DejaVu Sans" fill="#eceff4">
        <rect width="${width}" height="${height}" fill="#1b1d21"/>
        <path d="M60 66c8 44 24 56 36 20" fill="none" stroke="#56b4e9" stroke-width="9"
          stroke-linecap="round"/>
        <path d="M92 66c8 60 32 76 48 12" fill="none" stroke="#ff9a52" stroke-width="9"
          stroke-linecap="round"/>
        <text x="164" y="104" font-size="34" fill="${QUIET}">Tenfold</text>
        <text x="60" y="196" font-size="54" font-weight="bold">Do SING's rules of thumb hold?</text>
        ${lines.map((line, i) =>
          html`<text x="60" y="${266 + 42 * i}" font-size="30">${line}</text>`
        )}
        ${claims.map(({ claim, state }, i) =>
          html`
            <g transform="translate(${60 + step * i},${height - 76})">
              <circle cx="9" cy="-10" r="9" fill="${STATE_COLORS[state] ??
                "#4a505b"}" />
              <text x="28" y="0" font-size="28" font-weight="bold">${claim
                .id}</text>
              <text x="0" y="34" font-size="15" fill="${STATE_COLORS[state] ??
                QUIET}">${state.toLowerCase()}</text>
            </g>
          `
        )}
      </svg>
  `.source;
}

/** Lines of at most so many letters, cut between words. */
function wrapped(text: string, length: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= length) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** The head of a published page: where it is, how it looks where it is linked, what is new. */
export function publishedHead(
  file: string,
  { title, description }: { title: string; description: string },
  address: Address | null,
  root = "",
): Content {
  const feed = html`
    <link rel="alternate" type="application/atom+xml"
      title="What changed between studies" href="${root}${FEED_FILE}">
  `;
  if (address === null) return feed;
  const at = (path: string) => new URL(path, address).href;
  return html`
    <link rel="canonical" href="${at(file === "index.html" ? "" : file)}">
    ${feed}
    <meta property="og:type" content="website">
    <meta property="og:site_name" content="Tenfold">
    <meta property="og:title" content="${title}">
    <meta property="og:description" content="${description}">
    <meta property="og:url" content="${at(file === "index.html" ? "" : file)}">
    <meta property="og:image" content="${at(SHARE_FILE)}">
    <meta property="og:image:width" content="${SHARE_SIZE.width}">
    <meta property="og:image:height" content="${SHARE_SIZE.height}">
    <meta property="og:image:alt"
      content="What was found, and the verdict on each of SING's rules.">
    <meta name="twitter:card" content="summary_large_image">
  `;
}

/** For search engines: every page by its full address. */
export function sitemap(files: readonly string[], address: Address): string {
  const urls = files.map((file) =>
    html`
      <url>
        <loc>${new URL(file === "index.html" ? "" : file, address).href}</loc>
      </url>
    `
  );
  return html`
    <?xml version="1.0" encoding="UTF-8"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    ${urls}</urlset>
  `.source.trim() + "\n";
}

/** An Atom feed with an entry a study, the newest first. */
export function feed(
  releases: readonly Release[],
  address: Address | null,
): string {
  const root = address?.href ?? "";
  const newest = releases.at(-1);
  const entries = releases.toReversed().map((release) => {
    const { edition } = release;
    const title = releaseTitle(edition);
    return html`
      <entry>
        <title>${title}</title>
        <id>${idOf(edition)}</id>
        <link href="${root}${CHANGES_FILE}#${anchorOf(edition)}" />
        <updated>${stampOf(edition)}</updated>
        <content type="html">${releaseBody(release).source}</content>
      </entry>
    `;
  });
  return html`
    <?xml version="1.0" encoding="UTF-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom">
      <title>Tenfold: what changed between studies</title>
      <id>${address?.href ?? "urn:tenfold:studies"}</id>
      <author><name>The Tenfold authors</name></author>
      ${address &&
        html`
          <link rel="self" href="${root}${FEED_FILE}" />
          <link href="${root}" />
        `}<updated>${newest
        ? stampOf(newest.edition)
        : EPOCH}</updated>${entries}
    </feed>
  `.source.trim() + "\n";
}

const EPOCH = "1970-01-01T00:00:00Z";

function stampOf({ days }: Edition): string {
  return days.length > 0 ? `${days[1]}T00:00:00Z` : EPOCH;
}

function anchorOf({ days, runs }: Edition): string {
  return `study-${days[1] ?? "empty"}-${runs}`;
}

function idOf(edition: Edition): string {
  return `urn:tenfold:${anchorOf(edition)}`;
}

function releaseTitle({ days, runs, register }: Edition): string {
  return `Study of ${days[1] ?? "no day"}: ${
    register ? `${register.profile} profile, ` : ""
  }${formatCount(runs, "run")}`;
}

/** What changed between the published studies, the newest first. */
export function changesPage(releases: readonly Release[]): Content {
  return html`
    <h1>What changed between studies</h1>
    <p
      class="lead">A study is published whole and stays. Where a newer one comes to another verdict,
    this page says which, and what was done otherwise.
    <a href="${FEED_FILE}">The same as a feed</a>.</p>
    ${releases.toReversed().map((release) =>
      html`
        <section aria-labelledby="${anchorOf(release.edition)}">
          <h2 id="${anchorOf(release.edition)}">${releaseTitle(
            release.edition,
          )}</h2>
          ${releaseBody(release)}
        </section>
      `
    )}
  `;
}

function releaseBody({ changes, edition }: Release) {
  if (changes === null) {
    const { findings = [] } = edition.register ?? {};
    return html`
      <p>The first study that was published.</p>
      ${bullets(findings)}
    `;
  }
  const [verdicts, numbers] = [true, false].map((kind) =>
    changes.verdicts.filter(({ isVerdict }) => isVerdict === kind)
  );
  return html`${
    verdicts!.length === 0
      ? html`<p>No verdict changed.</p>`
      : changeList("Verdicts that changed", verdicts!)
  }${
    numbers!.length > 0 &&
    changeList("The same verdict by other numbers", numbers!)
  }${
    changes.causes.length > 0 && html`
      <h3>What was done otherwise</h3>
      ${bullets(changes.causes.map(({ of, before, now }) =>
        html`<b>${of.join(", ")}</b>: ${
          methodWords(now ?? "no longer done.")
        } Before: ${methodWords(before ?? "not done.")}`
      ))}
    `
  }`;
}

function changeList(title: string, changes: readonly Change[]): Content {
  return html`
    <h3>${title}</h3>
    ${bullets(
      changes.map(({ claim, on, before, now }) =>
        html`<b>${claim.id}, ${claim.shortName}</b>, ${methodWords(on)}: ${
          withTimes(now)
        }. Before: ${withTimes(before)}.`
      ),
    )}
  `;
}

/** For addresses that the site does not have. */
export function notFoundPage(root: string): Content {
  return html`
    <h1>There is no such page</h1>
    <p
      class="lead">The address may be of an older study; <a href="${root}index.html">the overview</a>
    names every page that there is.</p>
  `;
}

/**
 * Where a site will be found.
 *
 * @throws UserError unless it is an http address of a folder.
 */
export function siteAddress(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.pathname.endsWith("/")) {
    return new URL(url.pathname, url);
  }
  throw new UserError(
    `Cannot write pages as --address must be an http address that ends with a slash: current value is ${text}`,
  );
}
