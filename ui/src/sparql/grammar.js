// The grammar of SPARQL 1.2 queries (section 19.8), by recursive descent: finds the first fault and says it.

import { tokenize } from "./tokens.js";
import { nearest } from "./nearest.js";

const ANY = [0, Infinity];
/** Functions with the least and the most arguments that they take. */
export const FUNCTIONS = {
  ABS: [1, 1], ADJUST: [1, 2], BNODE: [0, 1], BOUND: [1, 1], CEIL: [1, 1], COALESCE: ANY, CONCAT: ANY,
  CONTAINS: [2, 2], DATATYPE: [1, 1], DAY: [1, 1], ENCODE_FOR_URI: [1, 1], FLOOR: [1, 1], HASLANG: [1, 1],
  HASLANGDIR: [1, 1], HOURS: [1, 1], IF: [3, 3], IRI: [1, 1], ISBLANK: [1, 1], ISIRI: [1, 1], ISLITERAL: [1, 1],
  ISNUMERIC: [1, 1], ISTRIPLE: [1, 1], ISURI: [1, 1], LANG: [1, 1], LANGDIR: [1, 1], LANGMATCHES: [2, 2],
  LCASE: [1, 1], MD5: [1, 1], MINUTES: [1, 1], MONTH: [1, 1], NOW: [0, 0], OBJECT: [1, 1], PREDICATE: [1, 1],
  RAND: [0, 0], REGEX: [2, 3], REPLACE: [3, 4], ROUND: [1, 1], SAMETERM: [2, 2], SAMEVALUE: [2, 2],
  SECONDS: [1, 1], SHA1: [1, 1], SHA256: [1, 1], SHA384: [1, 1], SHA512: [1, 1], STR: [1, 1], STRAFTER: [2, 2],
  STRBEFORE: [2, 2], STRDT: [2, 2], STRENDS: [2, 2], STRLANG: [2, 2], STRLANGDIR: [3, 3], STRLEN: [1, 1],
  STRSTARTS: [2, 2], STRUUID: [0, 0], SUBJECT: [1, 1], SUBSTR: [2, 3], TIMEZONE: [1, 1], TRIPLE: [3, 3],
  TZ: [1, 1], UCASE: [1, 1], URI: [1, 1], UUID: [0, 0], YEAR: [1, 1],
};
export const AGGREGATES = ["AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM"];
export const KEYWORDS = [
  "AS", "ASC", "ASK", "BASE", "BIND", "BY", "CONSTRUCT", "DESC", "DESCRIBE", "DISTINCT", "EXISTS", "FALSE", "FILTER",
  "FROM", "GRAPH", "GROUP", "HAVING", "IN", "LIMIT", "MINUS", "NAMED", "NOT", "OFFSET", "OPTIONAL", "ORDER", "PREFIX",
  "REDUCED", "SELECT", "SEPARATOR", "SERVICE", "SILENT", "TRUE", "UNDEF", "UNION", "VALUES", "VERSION", "WHERE",
];
const MODIFIERS = ["GROUP", "HAVING", "LIMIT", "OFFSET", "ORDER"];
const UPDATES = ["ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"];
const WORDS = [...KEYWORDS, ...AGGREGATES, ...Object.keys(FUNCTIONS)];
const CLOSING = { "{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}" };

/** A fault: its place, a sentence, and edits `{label, from, to, insert}` that would mend it. */
class Fault extends Error {
  constructor(token, message, fixes = []) {
    super(message);
    Object.assign(this, { from: token.from, to: Math.max(token.to, token.from), fixes });
  }
}

/** The first fault of a query as `{from, to, message, fixes}`, or null. */
export function check(text) {
  const tokens = tokenize(text);
  if (!tokens.length) return null;
  try {
    new Grammar(tokens, text.length).query();
    return null;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { from: fault.from, to: fault.to, message: fault.message, fixes: fault.fixes };
  }
}

class Grammar {
  constructor(tokens, length) {
    this.tokens = tokens;
    this.at = 0;
    this.open = [];
    this.depth = 0;
    this.end = { kind: "end", text: "", word: "", from: length, to: length };
  }

  // ---- tokens

  get token() {
    return this.tokens[this.at] ?? this.end;
  }

  next() {
    const token = this.token;
    this.at += 1;
    if (CLOSING[token.word]) this.open.push(token);
    else if (this.open.length && CLOSING[this.open.at(-1).word] === token.word) this.open.pop();
    return token;
  }

  is(...words) {
    return words.includes(this.token.word) && this.token.word !== "";
  }

  kind(...kinds) {
    return kinds.includes(this.token.kind);
  }

  take(...words) {
    return this.is(...words) ? this.next() : null;
  }

  need(word, what = word) {
    return this.take(word) ?? this.fail(what);
  }

  fail(expected, words = WORDS) {
    const { token } = this;
    const opener = this.open.at(-1);
    if (token.kind === "end" && opener) {
      const closing = CLOSING[opener.word];
      const fix = { label: `Add ${closing} at the end`, from: token.from, to: token.to, insert: ` ${closing}` };
      throw new Fault(opener, `This ${opener.text} is never closed: ${closing} is missing.`, [fix]);
    }
    if (token.kind === "end") throw new Fault(this.tokens.at(-1), `The query ends here, where it needs ${expected}.`);
    if (token.kind === "open") throw new Fault(token, "This text in quotes is never closed.");
    if (/^[“”„‘’«»]/.test(token.text)) throw new Fault(token, 'Texts stand in straight quotes, as "elephant".');
    if (token.kind === "odd") throw new Fault(token, `The character ${token.text} has no meaning here.`);
    if (token.word === "<") throw new Fault(token, "This < begins no address: an IRI has no spaces in it and ends with >.");
    if (token.kind === "word" && !WORDS.includes(token.word)) {
      const near = nearest(token.word, words);
      if (near) {
        const fix = { label: `Write ${near}`, from: token.from, to: token.to, insert: near };
        throw new Fault(token, `${token.text} is no word of SPARQL. Did you mean ${near}?`, [fix]);
      }
      const fixes = [{ label: `Make it a variable: ?${token.text}`, from: token.from, to: token.from, insert: "?" }];
      throw new Fault(token, `${token.text} is no word of SPARQL: a variable begins with ?, a name has a prefix.`, fixes);
    }
    if (["}", ")", "]"].includes(token.word) && CLOSING[opener?.word] !== token.word) {
      const inside = opener ? ` before ${opener.text} is closed` : ", and nothing is open";
      throw new Fault(token, `This ${token.text} comes${inside}.`);
    }
    const fixes = expected === "BY" ? [{ label: "Insert BY", from: token.from, to: token.from, insert: "BY " }] : [];
    throw new Fault(token, `Here stands ${token.text.slice(0, 40)}, where the query needs ${expected}.`, fixes);
  }

  within(limit, part) {
    this.depth += 1;
    if (this.depth > limit) throw new Fault(this.token, "The query is nested too deeply to be checked here.");
    part();
    this.depth -= 1;
  }

  // ---- query forms

  query() {
    while (this.is("BASE", "PREFIX", "VERSION")) {
      const { word } = this.next();
      if (word === "PREFIX" && !(this.kind("name") && this.token.text.endsWith(":"))) this.fail("a prefix that ends with a colon, as conn:");
      if (word === "PREFIX") this.next();
      if (word === "VERSION" ? !this.kind("string") : !this.kind("iri")) {
        this.fail(word === "VERSION" ? 'a version in quotes, as "1.2"' : "an address in angle brackets, as <https://example.org/>");
      }
      this.next();
    }
    if (this.is(...UPDATES)) throw new Fault(this.token, `${this.token.word} changes data; this address only answers questions.`);
    if (this.is("SELECT")) this.select(true);
    else if (this.take("ASK")) {
      this.dataset();
      this.where();
      this.modifiers();
    } else if (this.take("DESCRIBE")) {
      if (!this.take("*")) {
        if (!this.isVariableOrIri()) this.fail("a variable, a name or *");
        while (this.isVariableOrIri()) this.next();
      }
      this.dataset();
      if (this.is("WHERE", "{")) this.where();
      this.modifiers();
    } else if (this.take("CONSTRUCT")) {
      if (this.is("{")) {
        this.template();
        this.dataset();
        this.where();
      } else {
        this.dataset();
        this.need("WHERE", "{ or WHERE");
        this.template();
      }
      this.modifiers();
    } else this.fail("SELECT, ASK, CONSTRUCT or DESCRIBE", ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "PREFIX", "BASE"]);
    if (this.is("VALUES")) this.values();
    if (this.token.kind !== "end") this.fail("nothing more");
  }

  select(whole) {
    this.need("SELECT");
    this.take("DISTINCT", "REDUCED");
    if (!this.take("*")) {
      let count = 0;
      for (; this.kind("variable") || this.is("("); count += 1) {
        if (this.kind("variable")) this.next();
        else {
          this.next();
          this.expression();
          this.need("AS", "AS and a new variable");
          this.variable();
          this.need(")");
        }
        if (this.is(",")) {
          const fix = { label: "Remove the comma", from: this.token.from, to: this.token.to, insert: "" };
          throw new Fault(this.token, "What SELECT lists stands without commas.", [fix]);
        }
      }
      if (!count && this.is(...AGGREGATES, ...Object.keys(FUNCTIONS))) {
        throw new Fault(this.token, `A computed value stands in brackets with a name: (${this.token.word}(…) AS ?name).`);
      }
      if (!count) this.fail("variables, or *");
    }
    if (whole) this.dataset();
    this.where();
    this.modifiers();
  }

  dataset() {
    while (this.take("FROM")) {
      this.take("NAMED");
      this.iri("the IRI of a graph");
    }
  }

  where() {
    this.take("WHERE");
    if (!this.is("{")) this.fail("{", ["WHERE", "FROM", "AS"]);
    this.group();
  }

  modifiers() {
    if (this.take("GROUP")) {
      this.need("BY");
      this.several("what to group by", () => {
        if (this.kind("variable")) return this.next();
        if (!this.take("(")) return this.isCall() && (this.call(), true);
        this.expression();
        if (this.take("AS")) this.variable();
        return this.need(")");
      });
    }
    if (this.take("HAVING")) this.several("a condition in round brackets", () => this.constraint());
    if (this.take("ORDER")) {
      this.need("BY");
      this.several("what to order by", () => {
        if (this.kind("variable")) return this.next();
        if (!this.take("ASC", "DESC")) return this.constraint();
        this.need("(");
        this.expression();
        return this.need(")");
      });
    }
    for (const seen = new Set(); this.is("LIMIT", "OFFSET"); ) {
      const { word } = this.token;
      if (seen.has(word)) throw new Fault(this.token, `${word} stands twice.`);
      seen.add(this.next().word);
      if (!/^[0-9]+$/.test(this.token.text)) this.fail("a whole number");
      this.next();
    }
  }

  several(what, part) {
    if (!part()) this.fail(what);
    while (!this.is("VALUES", "LIMIT") && part());
  }

  // ---- patterns

  group() {
    this.need("{");
    this.within(200, () => {
      if (this.is("SELECT")) {
        this.select(false);
        if (this.is("VALUES")) this.values();
      } else this.patterns();
    });
    if (this.is(...MODIFIERS) && this.open.length) {
      throw new Fault(this.token, `${this.token.word} stands behind the pattern: a } is missing before it.`, [
        { label: "Insert }", from: this.token.from, to: this.token.from, insert: "} " },
      ]);
    }
    this.need("}", "a pattern or }");
  }

  patterns() {
    for (;;) {
      if (this.is("{")) {
        this.group();
        while (this.take("UNION")) this.group();
      } else if (this.take("OPTIONAL", "MINUS")) this.group();
      else if (this.take("GRAPH")) {
        this.variableOrIri("a variable or a name of a graph");
        this.group();
      } else if (this.take("SERVICE")) {
        this.take("SILENT");
        this.variableOrIri("the address of an endpoint");
        this.group();
      } else if (this.take("FILTER")) {
        if (!this.constraint()) this.fail("a condition in round brackets, as FILTER(?n > 3)");
      } else if (this.take("BIND")) {
        this.need("(");
        this.expression();
        this.need("AS", "AS and a new variable");
        this.variable();
        this.need(")");
      } else if (this.is("VALUES")) this.values();
      else if (this.isTerm() || this.is("(", "[", "<<")) {
        this.triples(true);
        if (this.take(".")) continue;
        if (this.isTerm() || this.is("(", "[", "<<")) {
          const end = this.tokens[this.at - 1].to;
          throw new Fault(this.token, `A full stop, semicolon or comma is missing before ${this.token.text.slice(0, 40)}.`, [
            { label: "Insert a full stop", from: end, to: end, insert: " ." },
          ]);
        }
        continue;
      } else break;
      this.take(".");
    }
  }

  template() {
    this.need("{");
    while (this.isTerm() || this.is("(", "[", "<<")) {
      this.triples(false);
      if (!this.take(".")) break;
    }
    this.need("}", "a triple or }");
  }

  triples(paths) {
    const { word } = this.token;
    const closing = { "[": "]", "(": ")" }[word];
    const alone = word === "<<" || (closing && this.tokens[this.at + 1]?.word !== closing);
    this.node(paths);
    if (!alone || this.isVerb(paths)) this.properties(paths);
  }

  properties(paths) {
    do {
      if (!this.isVerb(paths)) {
        this.fail("a property: a name with a prefix, a variable, or a");
      }
      this.verb(paths);
      do {
        this.node(paths);
        this.annotations(paths);
      } while (this.take(","));
      while (this.is(";") && this.tokens[this.at + 1]?.word === ";") this.next();
    } while (this.take(";") && this.isVerb(paths));
  }

  annotations(paths) {
    for (;;) {
      if (this.take("~")) {
        if (this.kind("variable", "iri", "name", "blank")) this.next();
        else if (this.take("[")) this.need("]");
      } else if (this.take("{|")) {
        this.properties(paths);
        this.need("|}");
      } else return;
    }
  }

  /** Something that can be a subject or an object. */
  node(paths) {
    this.within(200, () => {
      if (this.take("(")) {
        while (!this.take(")")) {
          if (!this.isTerm() && !this.is("(", "[", "<<")) this.fail("a value or )");
          this.node(paths);
        }
      } else if (this.take("[")) {
        if (!this.is("]")) this.properties(paths);
        this.need("]");
      } else if (this.take("<<")) {
        this.node(false);
        this.verb(false);
        this.node(false);
        if (this.take("~") && this.kind("variable", "iri", "name", "blank")) this.next();
        this.need(">>");
      } else this.term("a value: a variable, a name, a text or a number");
    });
  }

  isTerm() {
    return this.kind("variable", "iri", "name", "blank", "string", "number") || this.is("TRUE", "FALSE", "<<(");
  }

  term(expected) {
    if (this.kind("variable", "iri", "name", "blank", "number") || this.is("TRUE", "FALSE")) this.next();
    else if (this.kind("string")) this.literal();
    else if (this.take("<<(")) {
      this.node(false);
      this.verb(false);
      this.node(false);
      this.need(")>>");
    } else this.fail(expected);
  }

  literal() {
    this.next();
    if (this.kind("language")) this.next();
    else if (this.take("^^")) this.iri("a datatype, as xsd:date");
  }

  isVerb(paths) {
    return (
      this.kind("variable", "iri", "name") || this.token.text === "a" || (paths && this.is("^", "!", "("))
    );
  }

  verb(paths) {
    if (this.kind("variable")) this.next();
    else if (paths) this.path();
    else if (this.kind("iri", "name") || this.token.text === "a") this.next();
    else this.fail("a property");
  }

  path() {
    this.within(200, () => {
      do {
        do {
          this.take("^");
          if (this.take("!")) {
            const one = () => {
              this.take("^");
              if (this.kind("iri", "name") || this.token.text === "a") this.next();
              else this.fail("a property");
            };
            if (!this.take("(")) one();
            else if (!this.take(")")) {
              do one();
              while (this.take("|"));
              this.need(")");
            }
          } else if (this.take("(")) {
            this.path();
            this.need(")");
          } else if (this.kind("iri", "name") || this.token.text === "a") this.next();
          else this.fail("a property");
          this.take("*", "+", "?");
        } while (this.take("/"));
      } while (this.take("|"));
    });
  }

  values() {
    this.need("VALUES");
    if (this.kind("variable")) {
      this.next();
      this.need("{");
      while (!this.take("}")) this.datum();
      return;
    }
    this.need("(", "a variable, or variables in round brackets");
    let count = 0;
    for (; this.kind("variable"); count += 1) this.next();
    this.need(")", "a variable or )");
    this.need("{");
    while (!this.take("}")) {
      const row = this.need("(", "a row in round brackets, or }");
      let given = 0;
      for (; !this.take(")"); given += 1) this.datum();
      if (given !== count) throw new Fault(row, `This row has ${given} values, and there are ${count} variables.`);
    }
  }

  datum() {
    if (this.take("UNDEF")) return;
    if (!this.isTerm() || this.kind("variable", "blank")) this.fail("a name, a text, a number or UNDEF");
    this.term();
  }

  // ---- expressions

  /** FILTER, HAVING, ORDER BY: true when there was one. */
  constraint() {
    if (this.take("(")) {
      this.expression();
      this.need(")");
      return true;
    }
    if (this.isCall()) {
      this.call();
      return true;
    }
    return false;
  }

  expression() {
    this.within(400, () => {
      do this.comparison();
      while (this.take("||", "&&"));
    });
  }

  comparison() {
    this.sum();
    if (this.is("=") && this.tokens[this.at + 1]?.word === "=") {
      const { from } = this.token;
      throw new Fault(this.token, "Equality is written with one =.", [{ label: "Write =", from, to: from + 2, insert: "=" }]);
    }
    if (this.take("=", "!=", "<", ">", "<=", ">=")) this.sum();
    else if (this.take("NOT")) {
      this.need("IN");
      this.arguments("IN", ANY);
    } else if (this.take("IN")) this.arguments("IN", ANY);
  }

  sum() {
    this.product();
    for (;;) {
      if (this.take("+", "-")) this.product();
      else if (this.kind("number") && /^[+-]/.test(this.token.text)) this.product();
      else return;
    }
  }

  product() {
    do {
      this.take("!", "+", "-");
      while (this.take("!", "-", "+"));
      this.value();
    } while (this.take("*", "/"));
  }

  value() {
    if (this.take("(")) {
      this.expression();
      this.need(")");
    } else if (this.isCall()) this.call();
    else if (this.isTerm() && !this.kind("blank")) this.term();
    else this.fail("a value: a variable, a text, a number or a function");
  }

  isCall() {
    return this.is("EXISTS", "NOT", ...AGGREGATES) || (this.kind("word") && FUNCTIONS[this.token.word]) ||
      (this.kind("word") && !this.is(...KEYWORDS) && this.tokens[this.at + 1]?.word === "(") ||
      (this.kind("iri", "name") && this.tokens[this.at + 1]?.word === "(");
  }

  call() {
    const token = this.next();
    const { word } = token;
    if (token.kind !== "word") {
      this.arguments(token.text, ANY, true);
    } else if (word === "NOT") {
      this.need("EXISTS");
      this.group();
    } else if (word === "EXISTS") this.group();
    else if (AGGREGATES.includes(word)) {
      this.need("(");
      this.take("DISTINCT");
      if (!(word === "COUNT" && this.take("*"))) this.expression();
      if (word === "GROUP_CONCAT" && this.take(";")) {
        this.need("SEPARATOR", 'SEPARATOR = ", "');
        this.need("=");
        if (!this.kind("string")) this.fail("a text in quotes");
        this.next();
      }
      this.need(")");
    } else if (FUNCTIONS[word]) this.arguments(word, FUNCTIONS[word]);
    else {
      this.at -= 1;
      this.fail("a function", [...Object.keys(FUNCTIONS), ...AGGREGATES]);
    }
  }

  arguments(name, [least, most], distinct = false) {
    const open = this.need("(");
    if (distinct) this.take("DISTINCT");
    let count = 0;
    if (!this.take(")")) {
      do {
        this.expression();
        count += 1;
      } while (this.take(","));
      this.need(")", "a comma or )");
    }
    if (count < least || count > most) {
      const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
      throw new Fault(open, `${name} takes ${wanted} argument${wanted === "1" ? "" : "s"}, and here are ${count}.`);
    }
  }

  // ---- single things

  variable() {
    return this.kind("variable") ? this.next() : this.fail("a variable, as ?name");
  }

  iri(expected) {
    return this.kind("iri", "name") ? this.next() : this.fail(expected);
  }

  isVariableOrIri() {
    return this.kind("variable", "iri", "name");
  }

  variableOrIri(expected) {
    return this.isVariableOrIri() ? this.next() : this.fail(expected);
  }
}
