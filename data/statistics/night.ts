/** The night procedure: what is asked, and which runs the questions still need. */

/** What decides when an arm's seeds stop: one number that is looked at after each block of seeds. */
export interface Question {
  /** `H1`, `control`, `H2 ceiling`, `rule`. */
  readonly id: string;
  /**
   * - `rate`: log10 of the first arm's best learning rate minus log10 of the second's
   * - `control`: the same with the planted 0.9, under its three labels
   * - `edge`: log10 of where the first arm breaks minus log10 of its best learning rate
   * - `decay`: as `rate`, of weight decay, behind the gate
   * - `ceiling`: as `rate`, of the highest weight decay that costs less than 10% of the loss
   * - `score`: y of the first arm minus y of the second, over the report seeds
   */
  readonly kind:
    | "rate"
    | "control"
    | "edge"
    | "decay"
    | "ceiling"
    | "score";
  /** As the study's cases name them: the first against the second. */
  readonly arms: readonly [first: string, second?: string];
  /** Ends of the band; null where it has none, as JSON knows no infinities. */
  readonly low: number | null;
  readonly high: number | null;
}
