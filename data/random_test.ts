import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { random, xoshiro128 } from "./random.ts";

const take = <T>(count: number, draw: () => T): T[] =>
  Array.from({ length: count }, draw);

describe("xoshiro128", () => {
  it("gives the reference implementation's numbers for the state 1, 2, 3, 4", () => {
    // Version 1.1 of the C code, as the tests of the Rust crate rand_xoshiro 0.6 quote it.
    // deno-fmt-ignore
    assert.deepEqual(take(10, xoshiro128([1, 2, 3, 4])), [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034,
      3734860849, 3729100597, 4258142804,
    ]);
  });
  it("gives the reference implementation's numbers for a state of all 32 bits", () => {
    // The C code's output, as the test data of edorfaus/xoshiro-6502 quote it.
    assert.deepEqual(
      take(4, xoshiro128([0x964d4a0c, 0xd40ab895, 0xad7fdecb, 0x3006f0f0])),
      [0xf1391922, 0x6fe53806, 0xa5be2840, 0xf510ee70],
    );
  });
});

/** Expected values: an independent version in Python (integers, hashlib, its own logarithm). */
describe("random", () => {
  it("gives the same uniform numbers everywhere, other ones for each stream", () => {
    assert.deepEqual(take(4, random(0, "weights").uniform), [
      0.9774427140013532,
      0.08643428540919262,
      0.2774119868906183,
      0.8684164815772413,
    ]);
    assert.deepEqual(take(4, random(0, "order").uniform), [
      0.03359488741964045,
      0.6010378446784306,
      0.6360579908423535,
      0.05138742892683801,
    ]);
  });
  it("gives the same integers and order everywhere", () => {
    assert.deepEqual(
      [...random(7, "order").permutation(12)],
      [9, 2, 10, 3, 5, 8, 4, 0, 1, 7, 11, 6],
    );
    const { integer } = random(7, "augmentation");
    assert.deepEqual(
      take(5, () => integer(3e9)),
      [451172097, 921153863, 2990407432, 2781984143, 2262824076],
    );
    assert.deepEqual(
      take(12, () => integer(9)),
      [6, 0, 2, 4, 6, 7, 2, 6, 1, 5, 7, 0],
    );
  });
  it("gives normal numbers within rounding of those of another logarithm", () => {
    const expected = [
      0.9175864663330214,
      -1.3812773074117863,
      0.6997890208400785,
      0.06354144971899263,
      0.23881546142067686,
      -2.50927234950431,
    ];
    const { normal } = random(7, "weights");
    for (const value of expected) {
      assert.ok(Math.abs(normal() - value) <= 4e-16 * Math.abs(value));
    }
  });
  it("gives the same bits of normal numbers everywhere", () => {
    const values = Float64Array.from(take(10000, random(1, "weights").normal));
    assert.equal(
      createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex"),
      "b83c23252400409c964a5600bdbe825f1ee676bfd258efba9877a09bd908f214",
    );
  });
  it("has the moments and the tails of a normal distribution", () => {
    const n = 200000;
    const values = take(n, random(3, "weights").normal);
    const moment = (k: number) =>
      values.reduce((sum, value) => sum + value ** k, 0) / n;
    // Five standard errors each: sqrt((E x^2k - (E x^k)^2) / n).
    assert.ok(Math.abs(moment(1)) < 5 * Math.sqrt(1 / n));
    assert.ok(Math.abs(moment(2) - 1) < 5 * Math.sqrt(2 / n));
    assert.ok(Math.abs(moment(3)) < 5 * Math.sqrt(15 / n));
    assert.ok(Math.abs(moment(4) - 3) < 5 * Math.sqrt(96 / n));
    const beyond3 = values.filter((value) => Math.abs(value) > 3).length / n;
    assert.ok(Math.abs(beyond3 - 0.0027) < 5 * Math.sqrt(0.0027 / n));
  });
  it("draws each integer equally often", () => {
    const counts = new Array<number>(7).fill(0);
    const { integer } = random(5, "order");
    for (let i = 0; i < 70000; i++) counts[integer(7)]!++;
    // Chi-squared with 6 degrees of freedom exceeds 27.9 once in 10,000 seeds.
    const excess = counts.reduce((sum, n) => sum + (n - 10000) ** 2 / 1e4, 0);
    assert.ok(excess < 27.9, `${counts}`);
  });
  it("draws every order of three equally often", () => {
    const counts = new Map<string, number>();
    const { permutation } = random(6, "order");
    for (let i = 0; i < 60000; i++) {
      const order = permutation(3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    for (const n of counts.values()) assert.ok(Math.abs(n - 10000) < 500);
  });
  it("fills arrays with the numbers it would draw one by one", () => {
    const expected = take(5, random(2, "weights").normal);
    assert.deepEqual(
      random(2, "weights").fillNormal(new Float32Array(5), 0.5),
      Float32Array.from(expected, (value) => 0.5 * value),
    );
  });
  it("refuses a seed or a bound that it cannot honour", () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) {
      assert.throws(() => random(seed, "order"), /seed must be an integer/);
    }
    for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
      assert.throws(() => random(0, "order").integer(n), /from 1 to 2\^32/);
    }
  });
});
