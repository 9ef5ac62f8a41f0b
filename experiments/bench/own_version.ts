import { UserError } from "../../data/user_error.ts";
import { findLibrary } from "../tensorflow/library.ts";

/**
 * The version of the TensorFlow that will be timed. It is started in a process of its own: here it
 * would hold memory and threads all the time.
 *
 * @throws UserError if it cannot be had or does not run.
 */
export async function tensorflowVersion(signal: AbortSignal): Promise<string> {
  const library = await findLibrary();
  const program = new URL("../harness/start_tensorflow.ts", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program.href],
    env: { TENFOLD_TENSORFLOW: library },
    stdin: "null",
    signal,
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout).split(" ")[0]!;
  throw new UserError(
    `Cannot time anything as TensorFlow must run: current value is ` +
      `${decoder.decode(stderr).trim() || `a crash of ${library}`}`,
  );
}
