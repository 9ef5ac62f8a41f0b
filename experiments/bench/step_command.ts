import { fileURLToPath } from "node:url";
import type { ChildCommand } from "./child.ts";
import type { StepOrder } from "./protocol.ts";
import { type Variant, WORKLOAD } from "./variant.ts";

/** How a child that takes steps of these variants is started; `python` runs those of peers. */
export function stepCommand(
  variants: readonly Variant[],
  python?: string,
): ChildCommand {
  const { library, model } = variants[0]!;
  const order: StepOrder = { workload: WORKLOAD, variants };
  const purpose = `${library} on ${model}`;
  if (library === "tenfold") return ownCommand("step.ts", purpose, order);
  if (python === undefined) {
    throw new TypeError(`Cannot time ${library} as it needs a Python`);
  }
  return {
    purpose,
    file: python,
    args: [script(`peers/${library}_step.py`), JSON.stringify(order)],
    env: PEER_ENVIRONMENT,
  };
}

/** How a child of this project's is started. */
export function ownCommand(
  name: "step.ts" | "trainer.ts",
  purpose: string,
  order: unknown,
): ChildCommand {
  const url = new URL(`children/${name}`, import.meta.url);
  return {
    purpose,
    file: Deno.execPath(),
    args: ["run", "-A", url.href, JSON.stringify(order)],
  };
}

const PEER_ENVIRONMENT = {
  JAX_PLATFORMS: "cpu",
  // The processes that would compile side by side outlive their parent if it is killed.
  TORCHINDUCTOR_COMPILE_THREADS: "1",
  // The scripts' folder is not written to.
  PYTHONDONTWRITEBYTECODE: "1",
};

export function script(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
