/** Images and their labels in plain arrays: what every data set is once it is loaded. */

export interface Dataset {
  /** As {@link loadDataset} takes it, such as `cifar-10`. */
  readonly name: string;
  /** What label i means. */
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** For each channel, of pixel values on the scale from 0 to 1. */
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  /** What must stand beside any result on this data, a sentence an entry. */
  readonly notes: readonly string[];
}

export interface Split {
  /** [size, height, width, channels], 0 to 255. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** [size], each below the number of classes. */
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

export type SplitName = "train" | "validation" | "test";
