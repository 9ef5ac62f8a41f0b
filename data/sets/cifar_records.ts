import { UserError } from "../user_error.ts";
import { checkLabels } from "./check_labels.ts";
import type { Split } from "./dataset.ts";
import type { PackedFile } from "./packed_file.ts";

const PLANE = 32 * 32;
const RECORD = 1 + 3 * PLANE;

/**
 * The images of one batch file, which holds records alone: a label, then three planes, red, green
 * and blue, of 32 rows of 32 pixels.
 */
export function cifarRecords({ path, bytes }: PackedFile): Split {
  const size = bytes.length / RECORD;
  if (size === 0 || !Number.isInteger(size)) {
    throw new UserError(
      `Cannot read ${path} as it must unpack to whole records of ${RECORD} bytes: ` +
        `current value is ${bytes.length} bytes`,
    );
  }
  const labels = Uint8Array.from(
    { length: size },
    (_, i) => bytes[i * RECORD]!,
  );
  checkLabels(labels, 10, path);
  const images = new Uint8Array(size * 3 * PLANE);
  let at = 0;
  for (let record = 0; record < size; record++) {
    const red = record * RECORD + 1;
    for (let pixel = red; pixel < red + PLANE; pixel++) {
      images[at++] = bytes[pixel]!;
      images[at++] = bytes[pixel + PLANE]!;
      images[at++] = bytes[pixel + 2 * PLANE]!;
    }
  }
  return { images, labels, size };
}
