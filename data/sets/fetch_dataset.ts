import { UserError } from "../user_error.ts";
import { CIFAR_10 } from "./cifar_10.ts";
import { FASHION_MNIST } from "./fashion_mnist.ts";
import {
  type Fetched,
  type FetchOptions,
  fetchSet,
  type Source,
} from "./fetch_set.ts";

/** Addresses from the README of zalandoresearch/fashion-mnist and from CIFAR-10's page. */
const SOURCES: readonly Source[] = [
  {
    set: FASHION_MNIST,
    base: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    mirrored: "fashion-mnist/",
    downloads: [
      {
        name: "train-images-idx3-ubyte.gz",
        checksum:
          "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      },
      {
        name: "train-labels-idx1-ubyte.gz",
        checksum:
          "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      },
      {
        name: "t10k-images-idx3-ubyte.gz",
        checksum:
          "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      },
      {
        name: "t10k-labels-idx1-ubyte.gz",
        checksum:
          "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      },
    ],
  },
  {
    set: CIFAR_10,
    base: "https://www.cs.toronto.edu/~kriz",
    mirrored: "",
    downloads: [{
      name: "cifar-10-binary.tar.gz",
      checksum: "md5:c32a1d4ab5d03f1284b67883e8d87530",
    }],
  },
];

/** The names that {@link fetchDataset} knows. */
export const FETCHABLE: readonly string[] = SOURCES.map(({ set }) => set.name);

/**
 * Gets a published data set from its official address, or a mirror, into the cache, where
 * {@link loadDataset} finds it.
 *
 * @throws {UserError} If the set cannot be fetched, or what is served is not it.
 */
export async function fetchDataset(
  name: string,
  options?: FetchOptions,
): Promise<Fetched> {
  const source = SOURCES.find(({ set }) => set.name === name);
  if (source) return await fetchSet(source, options);
  throw new UserError(
    `Cannot fetch a data set as its name must be one of ${
      FETCHABLE.join(", ")
    }: ` +
      `current value is ${
        JSON.stringify(name)
      }. The subset fashion-mnist-subset is part of the ` +
      "project, and an image folder is one's own",
  );
}
