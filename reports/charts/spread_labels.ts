/**
 * Moves labels in a column apart where they would overlap, each as little as its neighbours allow.
 *
 * @param positions Where each label belongs, in pixels.
 * @param gap Least distance of two labels.
 * @returns Where to put them, in the order given.
 */
export function spreadLabels(
  positions: readonly number[],
  gap: number,
): number[] {
  const ordered = positions.map((position, index) => ({ position, index }))
    .sort((a, b) => a.position - b.position);
  const clusters: Cluster[] = [];
  for (const { position, index } of ordered) {
    let cluster: Cluster = { members: [index], centre: position };
    let above = clusters.at(-1);
    while (above && bottom(above, gap) > top(cluster, gap)) {
      cluster = merged(above, cluster);
      clusters.pop();
      above = clusters.at(-1);
    }
    clusters.push(cluster);
  }
  const placed = [...positions];
  for (const cluster of clusters) {
    cluster.members.forEach((index, rank) =>
      placed[index] = top(cluster, gap) + gap * (rank + 0.5)
    );
  }
  return placed;
}

/** Labels that touch, centred on the mean of where they belong. */
interface Cluster {
  readonly members: readonly number[];
  readonly centre: number;
}

function merged(above: Cluster, below: Cluster): Cluster {
  const members = [...above.members, ...below.members];
  const sum = above.centre * above.members.length +
    below.centre * below.members.length;
  return { members, centre: sum / members.length };
}

function top({ members, centre }: Cluster, gap: number): number {
  return centre - gap * members.length / 2;
}

function bottom({ members, centre }: Cluster, gap: number): number {
  return centre + gap * members.length / 2;
}
