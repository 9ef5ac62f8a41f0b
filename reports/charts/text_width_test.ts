import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";
import { renderSvg } from "./figure.ts";

describe("reckonTextWidth", () => {
  const text = "thirty characters of some text"; // 234 pixels at 0.6 em of 13

  it("leaves whole what fits its limit, and cuts what does not", async () => {
    assert.match(await drawn({ limit: 240 }), /thirty characters of some text/);
    assert.match(await drawn({ limit: 120 }), /thirty char[a-z ]*…/);
  });

  it("reserves the room that text takes", async () => {
    const [, width] = /viewBox="0 0 (\d+) /.exec(await drawn({})) ?? [];
    assert.ok(Math.abs(Number(width) - 234) < 12, width);
  });

  function drawn(mark: { readonly limit?: number }): Promise<string> {
    const spec: TopLevelSpec = {
      data: { values: [{}] },
      mark: { type: "text", text, fontSize: 13, align: "left", ...mark },
      encoding: { x: { value: 0 }, y: { value: 10 } },
      config: { view: { stroke: null } },
      padding: 0,
    };
    return renderSvg(spec, 10);
  }
});
