import { AttemptFile } from "../data/runs/attempt_file.ts";

/** Adds text to the end of a file. */
export type Write = (text: string) => void;

/** Characters that are collected before the disk is asked. */
const bufferSize = 2 ** 18;

/**
 * Writes several files side by side, each of which appears when all are written.
 *
 * @param fill Receives a writer for each path, in their order.
 * @throws UserError where the disk refuses; what was there before is then still whole.
 */
export function writeFiles<const P extends readonly string[]>(
  paths: P,
  fill: (writers: { readonly [I in keyof P]: Write }) => void,
): void {
  const files: BufferedFile[] = [];
  try {
    for (const path of paths) files.push(new BufferedFile(path));
    const writers = files.map((file): Write => (text) => file.write(text));
    fill(writers as { [I in keyof P]: Write });
    for (const file of files) file.commit();
  } finally {
    for (const file of files) file.discard();
  }
}

class BufferedFile {
  readonly #file: AttemptFile;
  #buffer = "";

  constructor(path: string) {
    this.#file = new AttemptFile(path);
  }

  write(text: string): void {
    this.#buffer += text;
    if (this.#buffer.length >= bufferSize) this.#flush();
  }

  commit(): void {
    this.#flush();
    this.#file.commit();
  }

  discard(): void {
    this.#file.discard();
  }

  #flush(): void {
    this.#file.append(this.#buffer);
    this.#buffer = "";
  }
}
