// What may be written at the cursor: words of SPARQL, variables, terms of the graph by use, things by name.

import { pickedCompletion } from "@codemirror/autocomplete";
import { analysis } from "./analysis.js";
import { placeOfPrefix } from "./faults.js";
import { AGGREGATES, FUNCTIONS, KEYWORDS } from "./sparql/grammar.js";
import { split } from "./sparql/tokens.js";
import { make } from "./dom.js";
import { count, W } from "./words.js";

const MOST = 60;

/** The source of completions (CodeMirror): `{from, options}` or null. */
export async function proposals(context, lexicon) {
  const found = context.state.field(analysis);
  const { pos } = context;
  let token = found.all.findLast(({ from, to }) => from < pos && pos <= to);
  if (token && ["comment", "string", "open", "iri", "number", "language"].includes(token.kind)) return null;
  if (!token || !["variable", "name", "word", "blank"].includes(token.kind)) {
    token = { kind: /[?$]/.test(found.text[pos - 1] ?? "") && !context.explicit ? "variable" : "none", text: "", from: pos };
    if (token.kind === "variable") token = { ...token, text: found.text[pos - 1], from: pos - 1 };
    else if (!context.explicit) return null;
  }
  if (token.from < found.end) return null;
  const typed = found.text.slice(token.from, pos);
  if (token.kind === "variable") return result(token.from, variables(found, token, typed));
  await lexicon.ready;
  const slot = slotAt(found.tokens.filter(({ to }) => to <= token.from));
  const options = slot === "outside" ? [] : [...terms(lexicon, typed, slot, found.prefixes)];
  if (token.kind !== "name") options.push(...words(typed, slot));
  if (!typed) options.push(...variables(found, token, ""));
  if (["subject", "object", "expression"].includes(slot) && typed.replace(/^[^:]*:/, "").length > 2) {
    options.push(...(await things(lexicon, typed, found.prefixes)));
    if (context.aborted) return null;
  }
  return result(token.from, options);

  function result(from, all) {
    const options = all.sort((a, b) => b.rank - a.rank).slice(0, MOST);
    return options.length ? { from, options, filter: false } : null;
  }
}

/** What a word at this place would be: subject, property, class, object, expression, or outside of a pattern. */
function slotAt(tokens) {
  let terms = 0;
  let inPath = false;
  for (let i = tokens.length - 1; i >= 0; i -= 1) {
    const { word, text } = tokens[i];
    if (!terms && (text === "a" || text === "rdf:type")) return "class";
    if (word === ";" || word === "[") return terms ? "object" : "property";
    if (word === ",") return "object";
    if (word === "(" || word === "&&" || word === "||") return "expression";
    if (["{", "}", ".", ")"].includes(word)) {
      if (!tokens.slice(0, i + 1).some((item) => item.word === "{")) return "outside";
      return inPath ? "property" : ["subject", "property", "object"][Math.min(terms, 2)];
    }
    if (["/", "|", "^"].includes(word)) {
      inPath ||= !terms;
      continue;
    }
    if (word === "DESCRIBE" || word === "GRAPH") return "object";
    if (word && KEYWORDS.includes(word)) return "outside";
    terms += 1;
  }
  return "outside";
}

function variables({ tokens }, token, typed) {
  const names = new Set(tokens.filter(({ kind, from }) => kind === "variable" && from !== token.from).map(({ text }) => text));
  const start = typed.replace("$", "?");
  return [...names].filter((name) => name.startsWith(start) && name !== typed).map((name) => ({ label: name, kind: W.variable, rank: 50 }));
}

function words(typed, slot) {
  if (slot === "property" || slot === "class" || slot === "object") return [];
  const start = typed.toUpperCase();
  const functions = [...AGGREGATES, ...Object.keys(FUNCTIONS)].filter((word) => word.startsWith(start) && (typed || slot === "expression"));
  const keywords = KEYWORDS.filter((word) => word.startsWith(start));
  const most = (word, kind, apply, rank) => ({ label: word, kind, apply, rank: rank + (word === start ? -200 : 0) });
  return [
    ...functions.map((word) => most(word, W.function, `${word}(`, slot === "expression" ? 80 : 20)),
    ...keywords.map((word) => most(word, W.keyword, `${word} `, slot === "expression" ? 30 : 90)),
  ];
}

function* terms(lexicon, typed, slot, declared) {
  const colon = typed.indexOf(":");
  const [prefix, local] = colon < 0 ? [null, typed] : split(typed);
  const asked = local.toLowerCase();
  const namespace = prefix === null ? null : declared.get(prefix) ?? lexicon.prefixes[prefix];
  if (prefix !== null && !namespace) return;
  for (const term of lexicon.terms) {
    if (namespace && !term.iri.startsWith(namespace)) continue;
    const name = term.iri.replace(/^.*[/#]/, "").toLowerCase();
    const label = term.label.toLowerCase();
    const fit = !asked ? 1 : name.startsWith(asked) ? 40 : label.startsWith(asked) ? 35 : label.includes(` ${asked}`) ? 25 : asked.length > 2 && name.includes(asked) ? 20 : asked && term.name.toLowerCase().startsWith(asked) ? 15 : 0;
    if (!fit) continue;
    if ((slot === "property" && term.kind !== "property") || (slot === "class" && term.kind !== "class")) continue;
    const right = slot === term.kind ? 60 : 0;
    const own = lexicon.complete.some((space) => term.iri.startsWith(space)) ? 8 : 0;
    yield written(lexicon, declared, { ...term, rank: fit + right + own + Math.log10(1 + term.uses) * 4, kind: `${term.kind} · ${count(term.uses)}` });
  }
}

async function things(lexicon, typed, declared) {
  const colon = typed.indexOf(":");
  const [prefix, local] = colon < 0 ? [null, typed] : split(typed);
  const namespace = prefix === null ? "" : declared.get(prefix) ?? lexicon.prefixes[prefix];
  if (namespace === undefined) return [];
  const found = await lexicon.search(local.replaceAll("-", " "));
  return found
    .filter(({ iri }) => iri.startsWith(namespace))
    .map((thing, i) => written(lexicon, declared, { ...thing, definition: thing.description, rank: 30 - i }));
}

/** A proposal that writes an IRI, and declares the prefix where that is missing. */
function written(lexicon, declared, { iri, label, definition, kind, rank }) {
  const { text, prefix, namespace } = lexicon.write(iri, declared);
  return {
    label: text,
    detail: label,
    kind,
    rank,
    info: () => make("div", { class: "k-told" }, make("strong", {}, label || text), definition, make("code", {}, iri)),
    apply: (view, completion, from, to) => {
      const { text: whole, end } = view.state.field(analysis);
      const changes = [{ from, to, insert: text }];
      let shift = 0;
      if (prefix !== undefined) {
        const at = placeOfPrefix(whole, end);
        const line = `PREFIX ${prefix}: <${namespace}>`;
        const insert = at && whole[at - 1] !== "\n" ? `\n${line}` : `${line}\n`;
        changes.unshift({ from: at, to: at, insert });
        shift = insert.length;
      }
      view.dispatch({
        changes,
        selection: { anchor: from + shift + text.length },
        scrollIntoView: true,
        annotations: pickedCompletion.of(completion),
      });
    },
  };
}
