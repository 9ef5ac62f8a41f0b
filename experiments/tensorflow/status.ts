import type { CApi } from "./c_api.ts";

/** What TensorFlow refused, in its own words. */
export class TensorFlowError extends Error {
  override readonly name = "TensorFlowError";

  /**
   * @param act what was tried, such as `run MatMul`
   * @param reason TensorFlow's text
   * @param code of TensorFlow's list: 3 is an invalid argument, 8 memory that has run out
   */
  constructor(act: string, reason: string, readonly code: number) {
    super(`Cannot ${act} as TensorFlow refuses: ${reason}`);
  }
}

/** A `TF_Status`, used for one call after the other. */
export class Status {
  readonly pointer: bigint;

  constructor(private readonly api: CApi) {
    this.pointer = api.TF_NewStatus();
  }

  /**
   * Call it after each call that was given the status.
   *
   * @param act what was tried, for the message: `run MatMul`
   * @throws {TensorFlowError} if the call failed
   */
  check(act: string, detail = ""): void {
    const code = this.api.TF_GetCode(this.pointer);
    if (code === 0) return;
    const reason = readCString(this.api.TF_Message(this.pointer));
    throw new TensorFlowError(act + detail, reason, code);
  }
}

/** A text of TensorFlow's; an empty one for a null pointer. */
export function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
