/** Records of CIFAR-10's binary form with the labels given, their pixels a fixed pattern. */

export function cifarBatch(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * 3073);
  labels.forEach((label, record) => {
    const at = record * 3073;
    bytes[at] = label;
    for (let i = 0; i < 3072; i++) bytes[at + 1 + i] = patternAt(record, i);
  });
  return bytes;
}

/** Value `i` of a record, planes one after the other. */
export function patternAt(record: number, i: number): number {
  return (31 * record + 7 * i + (i >> 10)) % 256;
}
