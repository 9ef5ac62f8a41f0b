import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { currentPlatform, type Platform, requirePlatform } from "./library.ts";

const supported: Platform = {
  os: "linux",
  arch: "x86_64",
  libc: "glibc",
  avx: true,
};

describe("requirePlatform", () => {
  it("accepts Linux on x86_64 with glibc and AVX", () => {
    requirePlatform(supported);
  });

  for (
    const [difference, message] of [
      [
        { os: "darwin", arch: "aarch64", libc: "none" },
        /current platform is darwin on aarch64\./,
      ],
      [{ arch: "aarch64" }, /current platform is linux on aarch64\./],
      [{ libc: "musl" }, /current platform is linux on x86_64 with musl\./],
      [{ avx: false }, /processor must have AVX/],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(difference)} and names the ways out`, () => {
      const platform = { ...supported, ...difference };
      assert.throws(() => requirePlatform(platform), message);
      assert.throws(
        () => requirePlatform(platform),
        /TENFOLD_TENSORFLOW=.*--backend cpu/s,
      );
    });
  }
});

describe("currentPlatform", () => {
  it("agrees with what Deno was built for", () => {
    const { os, arch, libc } = currentPlatform();
    assert.deepEqual([os, arch], [Deno.build.os, Deno.build.arch]);
    assert.equal(libc === "none", os !== "linux");
  });
});
