import type { Dataset } from "../dataset.ts";

/** Images of 1x2 grey pixels: three to train, one each to validate and to test. */
export function tinyDataset(): Dataset {
  return {
    name: "tiny",
    classes: ["a", "b"],
    height: 1,
    width: 2,
    channels: 1,
    mean: [0.5],
    standardDeviation: [0.25],
    train: {
      images: Uint8Array.of(0, 1, 2, 3, 4, 5),
      labels: Uint8Array.of(0, 1, 0),
      size: 3,
    },
    validation: {
      images: Uint8Array.of(6, 7),
      labels: Uint8Array.of(1),
      size: 1,
    },
    test: { images: Uint8Array.of(8, 9), labels: Uint8Array.of(0), size: 1 },
    notes: [],
  };
}
