// The words of the graph: prefixes, classes and properties once, names of things as they are asked for.

import { split } from "./sparql/tokens.js";

const LABELS = ["http://www.w3.org/2004/02/skos/core#prefLabel", "http://www.w3.org/2000/01/rdf-schema#label"];

export class Lexicon {
  constructor(addresses) {
    this.addresses = addresses;
    this.prefixes = {};
    this.terms = [];
    this.byIri = new Map();
    this.complete = [];
    this.own = [];
    this.names = new Map(); // by IRI: null where it is known, else `{meant}`; undefined while it is asked for
    this.kept = new Map();
    this.ready = this.load();
  }

  async load() {
    const told = await json(this.addresses.lexicon);
    if (!told) return;
    this.prefixes = told.prefixes;
    this.terms = told.terms;
    this.complete = told.complete;
    this.own = told.own;
    this.byIri = new Map(told.terms.map((term) => [term.iri, term]));
  }

  /** The IRI that a token stands for, by what the query declares; null for none. */
  expand(token, declared) {
    if (token.kind === "iri") return token.text.slice(1, -1);
    if (token.kind !== "name") return null;
    const [prefix, local] = split(token.text);
    return declared.has(prefix) ? declared.get(prefix) + local : null;
  }

  /**
   * How to write an IRI in a query that declares these prefixes: `{text, prefix, namespace}`, the last two where
   * a declaration is to be added.
   */
  write(iri, declared) {
    const fits = ([, namespace]) => iri.startsWith(namespace) && /^[A-Za-z0-9_]([\w-]*[\w])?$/.test(iri.slice(namespace.length));
    const longest = (entries) => entries.filter(fits).sort((a, b) => b[1].length - a[1].length)[0];
    const own = longest([...declared]);
    if (own) return { text: `${own[0]}:${iri.slice(own[1].length)}` };
    const known = longest(Object.entries(this.prefixes).filter(([prefix]) => !declared.has(prefix)));
    if (known) return { text: `${known[0]}:${iri.slice(known[1].length)}`, prefix: known[0], namespace: known[1] };
    return { text: `<${iri}>` };
  }

  /** Whether a name is one that only the server knows: of ours, and no term. */
  isOwn(iri) {
    return iri.length <= 500 && !iri.includes("\\") && this.own.some((space) => iri.startsWith(space)) && !this.byIri.has(iri);
  }

  /** Ask, once, which of some names nothing in the graph has; true when some were asked for. */
  async learn(iris) {
    const asked = [...new Set(iris)].filter((iri) => !this.names.has(iri)).slice(0, 30);
    if (!asked.length) return false;
    for (const iri of asked) this.names.set(iri, undefined);
    const told = await json(`${this.addresses.lexicon}?${new URLSearchParams(asked.map((iri) => ["name", iri]))}`);
    for (const iri of asked) this.names.set(iri, null);
    for (const { iri, meant } of told?.absent ?? []) this.names.set(iri, { meant });
    return true;
  }

  /** Things that are called so: `{iri, label, kind, description}`. */
  async search(words) {
    const found = await this.once(`${this.addresses.search}?limit=12&q=${encodeURIComponent(words)}`);
    return (found?.results ?? []).map(({ iri, label, types, description = "" }) => ({
      iri, label, description, kind: types[0]?.label ?? "",
    }));
  }

  /** The name of any IRI in the graph, or an empty text. */
  async label(iri) {
    if (/[<>"{}|^`\\\s]/.test(iri)) return "";
    const query = `SELECT ?name WHERE { VALUES ?p { ${LABELS.map((name) => `<${name}>`).join(" ")} } <${iri}> ?p ?name } LIMIT 20`;
    const found = await this.once(`${this.addresses.sparql}?format=json&query=${encodeURIComponent(query)}`);
    const names = (found?.results.bindings ?? []).map((row) => row.name);
    const wanted = [...navigator.languages.map((tag) => tag.split("-")[0]), "en", undefined];
    for (const language of wanted) {
      const name = names.find((item) => item["xml:lang"] === language);
      if (name) return name.value;
    }
    return names[0]?.value ?? "";
  }

  async once(address) {
    if (this.kept.size > 300) this.kept.clear();
    if (!this.kept.has(address)) this.kept.set(address, json(address));
    return this.kept.get(address);
  }
}

async function json(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json, application/sparql-results+json;q=0.9" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the editor works without
  }
}
