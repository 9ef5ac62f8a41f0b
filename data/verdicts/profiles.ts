import type { Study } from "../runs/schema.ts";

/** Profiles by what they weigh; a changed one (`quick --seeds 1`) comes after them, by name. */
const weightiest = ["full", "standard", "quick"];

/** The profiles that a register can be made of, weightiest first. A smoke profile claims nothing. */
export function profilesOf(studies: readonly Study[]): string[] {
  const profiles = new Set(studies.map(({ profile }) => profile));
  return [...profiles].filter((profile) => !isSmoke(profile)).sort((a, b) =>
    rank(a) - rank(b) || (a < b ? -1 : 1)
  );
}

function isSmoke(profile: string): boolean {
  return profile === "smoke" || profile.startsWith("smoke ");
}

function rank(profile: string): number {
  const place = weightiest.indexOf(profile);
  return place < 0 ? weightiest.length : place;
}
