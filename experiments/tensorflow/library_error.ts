import { UserError } from "../../data/user_error.ts";

/** An error about getting TensorFlow's library: the problem, then how to go on without solving it. */
export function libraryError(problem: string): UserError {
  return new UserError(
    `${problem}\n` +
      "Or set TENFOLD_TENSORFLOW=/path/to/folder, a folder that holds libtensorflow_cc.so.2 and " +
      "libtensorflow_framework.so.2 (any installed tensorflow package has one), " +
      "or try things out with --backend cpu (TensorFlow.js's own, slow).",
  );
}
