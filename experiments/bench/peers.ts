import { UserError } from "../../data/user_error.ts";
import { script } from "./step_command.ts";

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
    const { code, stdout, stderr } = await new Deno.Command(python, {
      args: [script("peers/versions.py")],
      env: { JAX_PLATFORMS: "cpu", PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "null",
      signal,
    }).output();
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

function lastLine(output: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder().decode(output).trim().split("\n").at(-1)!;
}
