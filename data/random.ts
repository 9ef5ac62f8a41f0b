/**
 * The one source of chance: a seed and the name of a stream give the same numbers on every
 * platform. The generator is xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom
 * number generators", 2021), on 32-bit integers only; its state is taken from the SHA-256 of seed
 * and name, so that streams neither overlap nor depend on one another's length.
 *
 * Real numbers are made with + - * / and the square root alone: IEEE 754 fixes every bit of these,
 * whereas `Math.log` or `Math.cos` may differ in the last bit between engines.
 */
import { createHash } from "node:crypto";

export interface Random {
  /** From [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** From 0 to n - 1, each equally likely; n from 1 to 2^32. */
  integer(n: number): number;
  /** The numbers 0 to n - 1 in an order of which all are equally likely. */
  permutation(n: number): Uint32Array<ArrayBuffer>;
  /** Fills and returns `array` with normal numbers of mean 0 and the given standard deviation. */
  fillNormal<A extends Float32Array>(array: A, standardDeviation: number): A;
}

/**
 * A generator of its own for each seed (an integer from 0 on) and stream, such as `weights`,
 * `order` or `augmentation`.
 */
export function random(seed: number, stream: string): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(
      `Cannot draw numbers as a seed must be an integer from 0 on: current value is ${seed}`,
    );
  }
  return fromBits(xoshiro128(stateOf(seed, stream)));
}

/** Uniform 32-bit integers, as the reference implementation in C gives them for this state. */
export function xoshiro128(
  state: readonly [number, number, number, number],
): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

function stateOf(
  seed: number,
  stream: string,
): readonly [number, number, number, number] {
  const hash = createHash("sha256").update(`${seed}:${stream}`).digest();
  return [
    hash.readInt32LE(0),
    hash.readInt32LE(4),
    hash.readInt32LE(8),
    hash.readInt32LE(12),
  ];
}

function fromBits(bits: () => number): Random {
  const uniform = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) * 2 ** -53;
  const normal = normals(uniform);
  const integer = (n: number) => boundedInteger(bits, n);
  return {
    uniform,
    normal,
    integer,
    permutation: (n) => shuffledRange(integer, n),
    fillNormal(array, standardDeviation) {
      for (let i = 0; i < array.length; i++) {
        array[i] = standardDeviation * normal();
      }
      return array;
    },
  };
}

/** Draws again what lies beyond the last whole multiple of n: a remainder alone favours small ones. */
function boundedInteger(bits: () => number, n: number): number {
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
    throw new RangeError(
      `Cannot draw an integer below n as n must be an integer from 1 to 2^32: current value is ${n}`,
    );
  }
  const limit = 2 ** 32 - (2 ** 32 % n);
  let drawn = bits();
  while (drawn >= limit) drawn = bits();
  return drawn % n;
}

/** Fisher and Yates, from the last place down. */
function shuffledRange(
  integer: (n: number) => number,
  n: number,
): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = integer(i + 1);
    const last = order[i]!;
    order[i] = order[j]!;
    order[j] = last;
  }
  return order;
}

/** Marsaglia's polar method: two normal numbers from a point in the unit disc. */
function normals(uniform: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    let x: number, y: number, square: number;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt(-2 * logarithm(square) / square);
    spare = y * scale;
    return x * scale;
  };
}

/**
 * Natural logarithm of x from (0, 1): x = m 2^-k with m in [sqrt(1/2), sqrt(2)), and
 * ln m = 2 artanh((m - 1) / (m + 1)), whose series is below 2^-53 of the result after 11 terms.
 */
function logarithm(x: number): number {
  let mantissa = x;
  let halvings = 0;
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) halvings++;
  const z = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let power = 21; power >= 1; power -= 2) {
    series = series * z * z + 1 / power;
  }
  return 2 * z * series - halvings * Math.LN2;
}
