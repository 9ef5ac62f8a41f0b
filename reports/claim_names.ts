import type { ClaimId } from "../data/statistics/claims.ts";

/** What each claim says, in as few words as a list has room for. */
export const claimNames: Readonly<Record<ClaimId, string>> = {
  H1: "Ten times AdamW's learning rate",
  H2: "A tenth of AdamW's weight decay",
  H3: "The highest rate before it breaks",
  H4: "The values to search",
  H5: "Warmup, then cosine",
  H6: "When to freeze LayerNorm",
  H7: "Freezing LayerNorm does no harm",
};
