import type { Series } from "./series.ts";

/** SING's best learning rate over AdamW's; absent unless each has one best and one weight decay. */
export function ratioOf(series: readonly Series[]): number | undefined {
  const of = (arm: string) => {
    const found = series.filter((one) => one.arm === arm);
    return found.length === 1 ? found[0]?.best?.learningRate : undefined;
  };
  const [sing, adamw] = [of("sing"), of("adamw")];
  return sing !== undefined && adamw ? sing / adamw : undefined;
}
