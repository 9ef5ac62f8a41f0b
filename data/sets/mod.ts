/** Data sets as typed arrays: found, fetched, checked and loaded; batches as indices into them. */
export { epochOrder, pixelIndices, type PixelOptions } from "./batches.ts";
export type { Dataset, Split, SplitName } from "./dataset.ts";
export { datasetDigest } from "./dataset_digest.ts";
export { FETCHABLE, fetchDataset } from "./fetch_dataset.ts";
export type { Fetched, FetchOptions } from "./fetch_set.ts";
export { type DatasetPlace, findDatasets } from "./find_datasets.ts";
export { type DatasetOptions, DATASETS, loadDataset } from "./load_dataset.ts";
export type { DownloadProgress } from "./download.ts";
export { takeTrain } from "./take_train.ts";
