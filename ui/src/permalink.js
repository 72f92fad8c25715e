// The address of a query with its graphs: `?query=…` where that is short, else packed behind the #, which no
// server sees and none has to take.

const LONGEST_ADDRESS = 6000; // characters that every server, proxy and mail takes
const LONGEST_PACKED = 60_000; // characters that every browser takes
const LONGEST_TEXT = 1_000_000; // characters that are unpacked

/** The address that asks by itself; null for what is too long for it. `form`: URLSearchParams. */
export function plain(action, form) {
  const address = `${action}?${form}`;
  return address.length <= LONGEST_ADDRESS ? address : null;
}

/** The address from which the editor makes the same query again; null where it is too long for that, too. */
export async function packed(action, form) {
  try {
    const data = new Uint8Array(await through(new CompressionStream("deflate-raw"), String(form)).arrayBuffer());
    const letters = btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
    const address = `${action}#q=${letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
    return address.length <= LONGEST_PACKED ? address : null;
  } catch {
    return null; // a browser without compression
  }
}

/** What an address holds behind its #, as here or by YASGUI: URLSearchParams; null where it cannot be read. */
export async function unpacked(hash) {
  const given = new URLSearchParams(hash.slice(1));
  const letters = given.get("q");
  if (letters === null) return new URLSearchParams(given.has("query") ? { query: given.get("query") } : {});
  try {
    const data = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const text = await through(new DecompressionStream("deflate-raw"), data).text();
    return text.length <= LONGEST_TEXT ? new URLSearchParams(text) : null;
  } catch {
    return null;
  }
}

function through(stream, data) {
  return new Response(new Blob([data]).stream().pipeThrough(stream));
}
