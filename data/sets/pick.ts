import type { Split } from "./dataset.ts";

/** The images of those numbers, in that order, copied. */
export function pick(split: Split, numbers: readonly number[]): Split {
  const bytes = split.images.length / split.size;
  const images = new Uint8Array(numbers.length * bytes);
  numbers.forEach((number, i) => {
    const first = number * bytes;
    images.set(split.images.subarray(first, first + bytes), i * bytes);
  });
  const labels = Uint8Array.from(numbers, (number) => split.labels[number]!);
  return { images, labels, size: numbers.length };
}
