/** The specs that the official addon for Node does not run. */

/**
 * Reads the list of `@tensorflow/tfjs-node-gpu`: parts of the full names of the specs that
 * TensorFlow answers otherwise than the other backends, or not at all.
 */
export async function readSkipList(): Promise<string[]> {
  const file = import.meta.resolve(
    "@tensorflow/tfjs-node-gpu/dist/run_tests.js",
  );
  return parseSkipList(await Deno.readTextFile(new URL(file)));
}

/**
 * The strings of the variable `IGNORE_LIST`. The script starts the specs when it is imported, so it
 * is read as text.
 *
 * @throws Error if the script declares no such list, or an empty one.
 */
export function parseSkipList(script: string): string[] {
  const list = /var IGNORE_LIST = \[(.*?)^\];/ms.exec(script)?.[1] ?? "";
  const code = list.replace(/^\s*\/\/.*$/gm, "");
  const names = [...code.matchAll(/'((?:[^'\\]|\\.)+)'/g)].map(([, name]) =>
    name!
  );
  if (names.length === 0) {
    throw new Error(
      "Cannot read the list of skipped specs as the array IGNORE_LIST: " +
        "current value is absent or empty",
    );
  }
  return names;
}
