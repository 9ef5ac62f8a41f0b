/** Writes shared libraries of Linux on x86_64 without a compiler. */

/** Machine code of a function that ends with `ret`. */
export type Code = readonly number[];

/** The file of a library of this name that exports functions; without any, it can only be opened. */
export function sharedLibrary(
  name: string,
  functions: Readonly<Record<string, Code>> = {},
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
