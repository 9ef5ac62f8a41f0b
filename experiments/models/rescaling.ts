/**
 * Whether a parameter rescales: LayerNorm's gain and bias, LayerScale's gain. SING's README advises
 * to stop learning these in some cases (H6, H7). A CNN has none; batch normalization is no LayerNorm.
 *
 * @param name Of the variable: `vit_0/block1/norm1/gain`.
 */
export function isRescaling(name: string): boolean {
  return /\/(norm\d*|scale)\/(gain|bias)$/.test(name);
}
