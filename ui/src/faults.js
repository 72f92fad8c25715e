// What is wrong with a query, as marks in the field: grammar, prefixes, terms, and what the server said.

import { analysis, serverFault } from "./analysis.js";
import { check } from "./sparql/grammar.js";
import { nearest } from "./sparql/nearest.js";
import { split } from "./sparql/tokens.js";
import { W } from "./words.js";

/** The diagnostics of a state, in the order of the text. */
export function faults(state, lexicon) {
  const { text, isPlain, tokens, prefixes, end } = state.field(analysis);
  const found = [];
  const add = (severity, from, to, message, fixes = []) =>
    found.push({
      from,
      to: Math.min(Math.max(to, from + 1), text.length),
      severity,
      message,
      fixes,
      actions: fixes.map(({ label, ...change }) => ({ name: label, apply: (view) => view.dispatch({ changes: change }) })),
    });
  const fault = isPlain ? null : check(text);
  if (fault) add("error", fault.from, fault.to, fault.message, fault.fixes);
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== "name" || token.from < end || tokens[i - 1]?.word === "PREFIX") continue;
    const [prefix, local] = split(token.text);
    if (!prefixes.has(prefix)) undeclared(token, prefix, local);
    else if (local) unknown(token, prefix, prefixes.get(prefix), local);
  }
  for (const { token, iri } of ownNames(state, lexicon)) absent(token, lexicon.names.get(iri));
  const said = state.field(serverFault);
  if (said && !found.some(({ severity }) => severity === "error")) {
    const line = state.doc.line(Math.min(Math.max(said.line, 1), state.doc.lines));
    const from = Math.min(line.from + Math.max(said.column - 1, 0), line.to);
    const token = tokens.find((item) => item.from <= from && from < item.to);
    add("error", token?.from ?? Math.max(from - 1, 0), token?.to ?? from + 1, said.message);
  }
  return found.sort((a, b) => a.from - b.from);

  function undeclared(token, prefix, local) {
    const namespace = lexicon.prefixes[prefix];
    if (namespace) {
      const insert = `PREFIX ${prefix}: <${namespace}>\n`;
      const at = placeOfPrefix(text, end);
      add("error", token.from, token.to, W.prefixless(prefix, true), [{ label: W.declare(prefix, namespace), from: at, to: at, insert: at && text[at - 1] !== "\n" ? `\n${insert.trimEnd()}` : insert }]);
      return;
    }
    const near = nearest(prefix, [...prefixes.keys(), ...Object.keys(lexicon.prefixes)]);
    const fixes = near ? [{ label: W.write(`${near}:`), from: token.from, to: token.to - local.length - 1, insert: near }] : [];
    add("error", token.from, token.to, [W.prefixless(prefix, false), near && W.meant(`${near}:`)].filter(Boolean).join(" "), fixes);
  }

  function unknown(token, prefix, namespace, local) {
    if (!lexicon.terms.length || lexicon.byIri.has(namespace + local)) return;
    const complete = lexicon.complete.includes(namespace);
    const names = lexicon.terms.filter(({ iri }) => iri.startsWith(namespace)).map(({ iri }) => iri.slice(namespace.length));
    if (!complete && names.length < 3) return;
    const near = nearest(local, names);
    if (!near && !complete) return;
    const fixes = near ? [{ label: W.write(`${prefix}:${near}`), from: token.from, to: token.to, insert: `${prefix}:${near}` }] : [];
    const message = complete ? W.unknown(token.text) : W.unused(token.text);
    add("warning", token.from, token.to, near ? `${message} ${W.meant(`${prefix}:${near}`)}` : message, fixes);
  }

  function absent(token, told) {
    if (!told) return;
    const message = W.absent(token.text);
    if (!told.meant) {
      add("info", token.from, token.to, message);
      return;
    }
    const { iri, label } = told.meant;
    const { text: name, prefix } = lexicon.write(iri, prefixes);
    const insert = token.kind === "iri" || prefix ? `<${iri}>` : name;
    add("info", token.from, token.to, `${message} ${W.meant(label ? `${name} (${label})` : name)}`, [{ label: W.write(insert), from: token.from, to: token.to, insert }]);
  }
}

/** The names in a query that only the server knows: `{token, iri}` of each. */
export function ownNames(state, lexicon) {
  const { tokens, prefixes, end } = state.field(analysis);
  const instant = (token, iri) => token.kind === "name" && lexicon.complete.some((space) => iri.startsWith(space));
  return tokens
    .filter(({ from }) => from >= end)
    .map((token) => ({ token, iri: lexicon.expand(token, prefixes) }))
    .filter(({ token, iri }) => iri && !token.text.endsWith(":") && lexicon.isOwn(iri) && !instant(token, iri));
}

/** Where a new PREFIX goes: on a line of its own, behind the last declaration. */
export function placeOfPrefix(text, end) {
  if (!end) return 0;
  const line = text.indexOf("\n", end);
  return line < 0 ? end : line + 1;
}
