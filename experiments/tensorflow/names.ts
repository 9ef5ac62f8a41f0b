/** Names as TensorFlow takes them, encoded once. */
export class Names {
  readonly #encoded = new Map<string, Uint8Array<ArrayBuffer>>();

  /** The name in UTF-8, ended by a zero byte. */
  encode(name: string): Uint8Array<ArrayBuffer> {
    const known = this.#encoded.get(name);
    if (known) return known;
    const bytes = new TextEncoder().encode(`${name}\0`);
    this.#encoded.set(name, bytes);
    return bytes;
  }
}
