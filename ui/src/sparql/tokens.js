// The text of a query as tokens, with their places: the terminals of SPARQL 1.2 section 19.8, no grammar.

const BASE =
  "A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d\\u2070-\\u218f" +
  "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
const INNER = `${BASE}_0-9\\-\\u00b7\\u0300-\\u036f\\u203f-\\u2040`;
const NAME = `${BASE}_0-9\\u00b7\\u0300-\\u036f\\u203f-\\u2040`;
const ESCAPED = "%[0-9A-Fa-f]{2}|\\\\[_~.\\-!$&'()*+,;=\\/?#@%]";
const IRI = '<(?:[^\\x00-\\x20<>"{}|^`\\\\]|\\\\u[0-9A-Fa-f]{4}|\\\\U[0-9A-Fa-f]{8})*>';
const KINDS = {
  space: "[ \\t\\r\\n]+",
  comment: "#[^\\r\\n]*",
  string:
    `'''(?:'{0,2}(?:[^'\\\\]|\\\\[^]))*'''|"""(?:"{0,2}(?:[^"\\\\]|\\\\[^]))*"""` +
    `|'(?:[^'\\\\\\r\\n]|\\\\[^])*'|"(?:[^"\\\\\\r\\n]|\\\\[^])*"`,
  open: `["'](?:[^\\\\\\r\\n]|\\\\[^])*`,
  iri: IRI,
  variable: `[?$][${BASE}_0-9][${NAME}]*`,
  blank: `_:[${BASE}_0-9](?:[${INNER}.]*[${INNER}])?`,
  name:
    `(?:[${BASE}](?:[${INNER}.]*[${INNER}])?)?:` +
    `(?:(?:[${BASE}_0-9:]|${ESCAPED})(?:(?:[${INNER}.:]|${ESCAPED})*(?:[${INNER}:]|${ESCAPED}))?)?`,
  language: "@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?",
  number: "[+\\-]?(?:[0-9]+\\.[0-9]*[eE][+\\-]?[0-9]+|\\.?[0-9]+[eE][+\\-]?[0-9]+|[0-9]*\\.[0-9]+|[0-9]+)",
  word: "[A-Za-z_][A-Za-z0-9_]*",
  sign: "<<\\(|\\)>>|<<|>>|\\{\\||\\|\\}|\\^\\^|&&|\\|\\||!=|<=|>=|[{}()\\[\\].;,*+\\-!=<>^|?~\\/]",
  odd: "[^]",
};
const TOKEN = new RegExp(
  Object.entries(KINDS).map(([kind, pattern]) => `(?<${kind}>${pattern})`).join("|"),
  "yu",
);

/**
 * Cut a text into tokens `{kind, text, word, from, to}`, without white space and comments unless `all`.
 * `word` is a bare word in capitals, the sign itself, or empty.
 */
export function tokenize(text, all = false) {
  const found = [];
  TOKEN.lastIndex = 0;
  for (let match; TOKEN.lastIndex < text.length && (match = TOKEN.exec(text)); ) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    if (!all && (kind === "space" || kind === "comment")) continue;
    const [piece] = match;
    const word = kind === "word" ? piece.toUpperCase() : kind === "sign" ? piece : "";
    found.push({ kind, text: piece, word, from: match.index, to: match.index + piece.length });
  }
  return found;
}

/** What PREFIX declares: a map of prefixes to namespaces, and the offset behind the last declaration. */
export function prologue(tokens) {
  const prefixes = new Map();
  let end = 0;
  for (let i = 0; i < tokens.length; ) {
    const [token, next, last] = tokens.slice(i, i + 3);
    if (token.word === "PREFIX" && next?.kind === "name" && last?.kind === "iri") {
      prefixes.set(next.text.slice(0, -1), last.text.slice(1, -1));
      end = last.to;
      i += 3;
    } else if ((token.word === "BASE" && next?.kind === "iri") || (token.word === "VERSION" && next?.kind === "string")) {
      end = next.to;
      i += 2;
    } else break;
  }
  return { prefixes, end };
}

/** Prefix and local part of a prefixed name, the local part without its escapes. */
export function split(name) {
  const colon = name.indexOf(":");
  return [name.slice(0, colon), name.slice(colon + 1).replace(/\\(.)/g, "$1")];
}
