// Which of several words was meant by one with a slip in it.

/** Insertions, deletions, changes and swaps of neighbours that part two words; more than `most` count as Infinity. */
export function distance(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return Infinity;
  let before = [];
  let last = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[other.length] <= most ? last[other.length] : Infinity;
}

/** The word of several that is nearest to one, letter case aside; null when none is near. */
export function nearest(word, words) {
  const asked = word.toLowerCase();
  const most = asked.length < 3 ? 0 : asked.length < 6 ? 1 : asked.length < 12 ? 2 : 3;
  let found = null;
  let best = Infinity;
  for (const other of words) {
    const apart = distance(asked, other.toLowerCase(), most);
    if (apart < best) [found, best] = [other, apart];
  }
  return found;
}
