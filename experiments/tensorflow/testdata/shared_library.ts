/**
 * Writes shared libraries of Linux on x86_64 without a compiler: functions of a few instructions,
 * so that a driver, its cards and its faults can be acted on any machine.
 */

/** Machine code of a function that ends with `ret`. */
export type Code = readonly number[];

const RETURN = 0xc3;

/** Returns a number. */
export function returns(value: number): Code {
  return [0xb8, ...int32(value), RETURN];
}

/** Writes an int32 where its first argument points, and returns 0. */
export function stores(value: number): Code {
  return [0xc7, 0x07, ...int32(value), ...returns(0)];
}

/** Writes bytes, up to 120, where its first argument points, and returns 0. */
export function storesBytes(bytes: Uint8Array): Code {
  const code: number[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const word = new Uint8Array(8);
    word.set(bytes.subarray(at, at + 8));
    code.push(0x48, 0xb8, ...word, 0x48, 0x89, 0x47, at);
  }
  return [...code, ...returns(0)];
}

/** One code if its second argument is a number below 128, else another. */
export function choosesBySecond(value: number, then: Code, other: Code): Code {
  return [0x83, 0xfe, value, 0x75, then.length, ...then, ...other];
}

/** The file of a library that exports functions. */
export function sharedLibrary(
  name: string,
  functions: Readonly<Record<string, Code>>,
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(functions);
  const texts = ["", name, ...names];
  const strings = texts.map((text) => [...new TextEncoder().encode(text), 0]);
  const places = strings.map((_, i) => strings.slice(0, i).flat().length);
  const count = names.length + 1;
  const sizes = {
    headers: 64 + 3 * 56,
    dynamic: 7 * 16,
    symbols: count * 24,
    hash: (3 + count) * 4,
    strings: Math.ceil(strings.flat().length / 8) * 8,
  };
  const dynamicAt = sizes.headers;
  const symbolsAt = dynamicAt + sizes.dynamic;
  const hashAt = symbolsAt + sizes.symbols;
  const stringsAt = Math.ceil((hashAt + sizes.hash) / 8) * 8;
  const codeAt = stringsAt + sizes.strings;
  const codes = Object.values(functions);
  const size = codeAt + codes.flat().length;

  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  const words = (at: number, ...values: number[]) =>
    values.forEach((value, i) =>
      view.setBigUint64(at + 8 * i, BigInt(value), true)
    );
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const [shared, x86, version] = [3, 62, 1];
  view.setUint16(16, shared, true);
  view.setUint16(18, x86, true);
  view.setUint32(20, version, true);
  words(32, 64);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 3, true);
  const segment = (
    index: number,
    kind: number,
    flags: number,
    at: number,
    length: number,
  ) => {
    const place = 64 + 56 * index;
    view.setUint32(place, kind, true);
    view.setUint32(place + 4, flags, true);
    words(place + 8, at, at, at, length, length, 4096);
  };
  const [load, dynamic, stack] = [1, 2, 0x6474e551];
  segment(0, load, 7, 0, size);
  segment(1, dynamic, 6, dynamicAt, sizes.dynamic);
  segment(2, stack, 6, 0, 0);
  const tags = { hash: 4, strings: 5, symbols: 6, stringBytes: 10 };
  const [symbolBytes, soname] = [11, 14];
  // deno-fmt-ignore
  words(
    dynamicAt,
    tags.hash, hashAt, tags.strings, stringsAt, tags.symbols, symbolsAt,
    tags.stringBytes, sizes.strings, symbolBytes, 24, soname, places[1]!, 0, 0,
  );
  let place = codeAt;
  codes.forEach((code, i) => {
    const at = symbolsAt + 24 * (i + 1);
    const [globalFunction, section] = [0x12, 1];
    view.setUint32(at, places[i + 2]!, true);
    file[at + 4] = globalFunction;
    view.setUint16(at + 6, section, true);
    words(at + 8, place, code.length);
    file.set(code, place);
    place += code.length;
  });
  // One bucket: a chain of all symbols.
  const chain = [1, count, names.length && 1, 0]
    .concat(names.map((_, i) => i + 1 < names.length ? i + 2 : 0));
  chain.forEach((value, i) => view.setUint32(hashAt + 4 * i, value, true));
  file.set(strings.flat(), stringsAt);
  return file;
}

function int32(value: number): number[] {
  return [...new Uint8Array(Int32Array.of(value).buffer)];
}
