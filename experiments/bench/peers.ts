/** PyTorch and JAX, which are timed beside this project: scripts of Python's in `peers/`. */
import { UserError } from "../../data/errors.ts";
import { type ChildCommand, finished, lastLine, programPath } from "./child.ts";
import type { BatchShape, Variant } from "./variant.ts";

/** What a script trains; on a card, it is told more of the batch and knows modes of its own. */
export interface PeerOrder {
  readonly workload: BatchShape & Readonly<Record<string, unknown>>;
  /** All of one library. */
  readonly variants: readonly (Omit<Variant, "mode"> & { mode: string })[];
}

/** The scripts' folder is not written to. */
const NO_BYTECODE = { PYTHONDONTWRITEBYTECODE: "1" };

/**
 * How a process that takes a peer's steps is started.
 *
 * @param python A Python that has the library.
 */
export function peerCommand(
  python: string,
  order: PeerOrder,
  env: Readonly<Record<string, string>>,
): ChildCommand {
  const { library, model } = order.variants[0]!;
  return {
    purpose: `${library} on ${model}`,
    file: python,
    args: [programPath(`peers/${library}_step.py`), JSON.stringify(order)],
    env: { ...NO_BYTECODE, ...env },
  };
}

export interface PeerVersions {
  readonly python: string;
  readonly torch: string;
  readonly jax: string;
}

/**
 * What a Python has of the libraries that are timed beside this project's.
 *
 * @throws UserError unless it runs and can load PyTorch and JAX.
 */
export async function peerVersions(
  python: string,
  signal: AbortSignal,
): Promise<PeerVersions> {
  try {
    const versions = [programPath("peers/versions.py")];
    const { code, stdout, stderr } = await finished(python, versions, {
      env: { JAX_PLATFORMS: "cpu", ...NO_BYTECODE },
      signal,
    });
    const answer = lastLine(stdout);
    if (code === 0 && answer.startsWith("{")) return JSON.parse(answer);
    throw new Error(lastLine(stderr) || answer || `an end with code ${code}`);
  } catch (error) {
    throw new UserError(
      `Cannot time peers as --peers must name a Python that can load PyTorch and JAX ` +
        `(pip install torch jax): current value is ${python} (${
          (error as Error).message
        })`,
    );
  }
}
