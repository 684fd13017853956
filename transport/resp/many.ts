/** How many keys of one command are under way at once. */
const KEYS_AT_ONCE = 32;

/** Does something for each of some items, a few at a time; the results are in the order of the items. */
export async function forEachOf<T, R>(
  items: readonly T[],
  perform: (item: T) => Promise<R>,
): Promise<R[]> {
  if (items.length <= KEYS_AT_ONCE) return await Promise.all(items.map(perform));
  const results = new Array<R>(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await perform(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: KEYS_AT_ONCE }, work));
  return results;
}
