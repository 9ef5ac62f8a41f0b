import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { html, jsonBlock, trusted } from "./html.ts";

describe("html", () => {
  it("escapes text so that it ends neither element nor attribute", () => {
    const hostile = `<img src=x onerror="a">'&`;
    assert.equal(
      html`<p title="${hostile}">${hostile}</p>`.source,
      `<p title="&lt;img src=x onerror=&quot;a&quot;&gt;&#39;&amp;">` +
        `&lt;img src=x onerror=&quot;a&quot;&gt;&#39;&amp;</p>`,
    );
  });

  it("shows a sign for what would turn the text after it around", () => {
    assert.equal(html`${"a\u202eb\x00"}`.source, "a\ufffdb\ufffd");
  });

  it("keeps what is HTML already, joins lists and drops nothing and false", () => {
    const items = ["a", "<"].map((text) => html`<li>${text}</li>`);
    const list = html`<ul>${items}${null}${undefined}${false}${0}</ul>`;
    assert.equal(list.source, "<ul><li>a</li><li>&lt;</li>0</ul>");
    assert.equal(html`${trusted("<b>")}`.source, "<b>");
  });
});

describe("jsonBlock", () => {
  it("holds any text without ending its element", () => {
    const value = { text: "</script><script>alert(1)</script><!--" };
    const { source } = jsonBlock("x", value);
    const [, json = ""] = /^<script [^>]*>(.*)<\/script>$/s.exec(source) ?? [];
    assert.ok(!json.includes("<"));
    assert.deepEqual(JSON.parse(json), value);
  });

  it("shows a sign for what no reader would see", () => {
    const { source } = jsonBlock("x", { names: ["a\u202eb\x1b"] });
    assert.ok(source.includes('{"names":["a\ufffdb\ufffd"]}'), source);
  });
});
