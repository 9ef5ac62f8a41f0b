/**
 * Functions of a few instructions of x86_64, for libraries that act a driver, its cards and its
 * faults on any machine.
 */
import type { Code } from "../shared_library.ts";

const RETURN = 0xc3;

/** Returns a number. */
export function returns(value: number): Code {
  return [0xb8, ...int32(value), RETURN];
}

/** Writes an int32 where its first argument points, and returns 0. */
export function stores(value: number): Code {
  return [0xc7, 0x07, ...int32(value), ...returns(0)];
}

/** Writes bytes, up to 120, where its first or second argument points, and returns 0. */
export function storesBytes(bytes: Uint8Array, argument: 1 | 2 = 1): Code {
  const place = argument === 1 ? 0x47 : 0x46;
  const code: number[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const word = new Uint8Array(8);
    word.set(bytes.subarray(at, at + 8));
    code.push(0x48, 0xb8, ...word, 0x48, 0x89, place, at);
  }
  return [...code, ...returns(0)];
}

/** One code if its second argument is a number below 128, else another. */
export function choosesBySecond(value: number, then: Code, other: Code): Code {
  return [0x83, 0xfe, value, 0x75, then.length, ...then, ...other];
}

/** As {@link choosesBySecond}, by its third argument. */
export function choosesByThird(value: number, then: Code, other: Code): Code {
  return [0x83, 0xfa, value, 0x75, then.length, ...then, ...other];
}

/** Writes a text to standard error, and returns a number. */
export function complains(text: string, value: number): Code {
  const bytes = [...new TextEncoder().encode(text)];
  // deno-fmt-ignore
  return [
    0xb8, ...int32(1), 0xbf, ...int32(2), 0x48, 0x8d, 0x35, ...int32(13),
    0xba, ...int32(bytes.length), 0x0f, 0x05, ...returns(value), ...bytes,
  ];
}

function int32(value: number): number[] {
  return [...new Uint8Array(Int32Array.of(value).buffer)];
}
