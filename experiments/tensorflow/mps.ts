/** NVIDIA's Multi-Process Service: processes compute on a card side by side, not by turns. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../../data/errors.ts";
import { cacheFolder } from "../../data/files.ts";

/** NVIDIA's program that starts the service, and ends it. */
const CONTROL = "nvidia-cuda-mps-control";

/** Where processes find the service, and where it says what it does; they inherit both. */
const PIPE = "CUDA_MPS_PIPE_DIRECTORY";
const LOG = "CUDA_MPS_LOG_DIRECTORY";

/** Where a service that others started is found, unless the environment says so. */
const USUAL_PIPE = "/tmp/nvidia-mps";

/** Whether processes that start now share cards through a service that is there. */
export function isMpsRunning(): boolean {
  return existsSync(join(Deno.env.get(PIPE) ?? USUAL_PIPE, "control"));
}

/**
 * Starts the service for the processes that this one starts from now on, unless one is running; to
 * be disposed of when they have ended. It changes no setting of the card. Sixteen processes of the
 * study's CNN took 2,400 steps a second through it on an H200, 9 times as many as one.
 *
 * @throws UserError if NVIDIA's program is not there, or does not start the service.
 */
export async function startMps(): Promise<Disposable> {
  if (isMpsRunning()) return { [Symbol.dispose]() {} };
  const program = findProgram(CONTROL);
  if (!program) {
    throw refusal(
      `${CONTROL}, which comes with NVIDIA's driver, must be there`,
    );
  }
  const folder = join(cacheFolder(), `mps-${Deno.pid}`);
  const before = [PIPE, LOG].map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, place] of [[PIPE, "pipe"], [LOG, "log"]] as const) {
    mkdirSync(join(folder, place), { recursive: true });
    Deno.env.set(name, join(folder, place));
  }
  const end = () => {
    new Deno.Command("sh", {
      args: ["-c", 'echo quit | "$0"', program],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  // Whatever ends this process: the service would hold the card.
  globalThis.addEventListener("unload", end);
  const service = {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unload", end);
      end();
    },
  };
  const { success, stderr } = await new Deno.Command(program, { args: ["-d"] })
    .output();
  if (success) return service;
  service[Symbol.dispose]();
  const said = new TextDecoder().decode(stderr).trim();
  throw refusal(`${CONTROL} must start`, said || "it does not");
}

function refusal(rule: string, value = "none"): UserError {
  return new UserError(
    `Cannot share a card as ${rule}: current value is ${value}`,
  );
}

/** A program by its name, as a shell finds it. */
function findProgram(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(delimiter)
    .map((folder) => join(folder, name)).find((path) => existsSync(path));
}
