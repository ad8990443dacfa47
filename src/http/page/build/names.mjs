// Shortens the names of texts: `more.book.gifReady` becomes `more.a.b` in what a phone loads; some hundred names, read by
// nobody there. It follows the texts by their names alone, from where they are imported through chains and `const w = more.book`;
// what leaves these paths (`w.states[state]`, `Object.keys(w.roles)`) keeps its names.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const short = (n) => (n < 52 ? '' : LETTERS[Math.floor(n / 52) - 1]) + LETTERS[n % 52];

/**
 * Contents of `files` (paths below `root`) with short names, as a function of the path. `texts` says where the texts of this
 * page lie, and which module hands on which part of them (`build/texts.mjs`).
 */
export function shortNames(root, files, { folder, parts }) {
  const sources = new Map(files.map((path) => [path, parse(path)]));
  const [english, german] = ['en.ts', 'de.ts'].map((name) => join(root, folder, name));
  const all = parts.map(({ en }) => group(exported(sources.get(english), en)));
  const roots = Object.fromEntries(parts.map(({ module, name }, i) => [join(root, module), [name, all[i]]]));

  const defining = [english, german, ...parts.map(({ module }) => join(root, `${module}.ts`))];
  const edits = new Map(files.map((path) => [path, []]));
  for (const [path, source] of sources) {
    if (!defining.includes(path)) edits.set(path, uses(source, imported(source, roots)));
  }
  const define = (path, name) => {
    const own = parts.map((part) => exported(sources.get(path), part[name]));
    edits.set(
      path,
      all.flatMap((one, i) => definitions(own[i], one)),
    );
  };
  define(english, 'en');
  define(german, 'de');
  return (path) => edited(sources.get(path).text, edits.get(path) ?? []);
}

const parse = (path) => ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);

/** The object that a file exports by that name. */
function exported(source, name) {
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    const found = statement.declarationList.declarations.find((one) => one.name.getText() === name);
    if (found) return found.initializer;
  }
  throw new Error(`${source.fileName} exports no ${name}`);
}

/** A group of texts: its names in their order, and the groups in it. */
function group(literal) {
  const names = literal.properties.map((property) => property.name.text);
  const groups = literal.properties.filter(({ initializer }) => ts.isObjectLiteralExpression(initializer));
  return { names, kept: false, groups: new Map(groups.map((one) => [one.name.text, group(one.initializer)])) };
}

/** The name of a text in what a phone loads. */
const shortened = (group, name) => (group.kept ? name : short(group.names.indexOf(name)));

/** All names in a group stay as they are. */
function keep(group) {
  group.kept = true;
  group.groups.forEach(keep);
}

/** What a file imports of the texts: local name → group. */
function imported(source, roots) {
  const bound = new Map();
  for (const { importClause, moduleSpecifier } of source.statements.filter(ts.isImportDeclaration)) {
    const path = resolve(dirname(source.fileName), moduleSpecifier.text);
    const [name, all] = roots[path] ?? roots[join(path, 'index')] ?? [];
    for (const one of all ? (importClause.namedBindings?.elements ?? []) : []) {
      if ((one.propertyName ?? one.name).text === name) bound.set(one.name.text, all);
    }
  }
  return bound;
}

/** Where a file names texts: edits, for later, when it is known which names stay. */
function uses(source, bound) {
  const own = new Set(); // where such a name is declared
  let found;
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node) && bound.has(node.text) && !own.has(node) && !isProperty(node)) follow(node);
    ts.forEachChild(node, visit);
  };
  const follow = (start) => {
    if (isDeclared(start))
      throw new Error(`${source.fileName}: ${start.text} are texts already; call it something else`);
    let [node, at] = [start, bound.get(start.text)];
    while (at && ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node) {
      node = node.parent;
      const [inside, name] = [at, node.name.text];
      if (!inside.names.includes(name)) throw new Error(`${source.fileName}: there is no text ${node.getText()}`);
      found.push({ at: node.name, put: () => shortened(inside, name) });
      at = inside.groups.get(name);
    }
    const alias = ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name) && node.parent.name;
    if (at && alias) {
      bound.set(alias.text, at);
      own.add(alias);
    } else if (at) keep(at);
  };
  // Once more while it finds further aliases: they may be used above the line that declares them.
  for (let known = -1; known < bound.size; ) {
    known = bound.size;
    found = [];
    visit(source);
  }
  return found;
}

const WITH_NAMES = [
  ts.isPropertyAccessExpression,
  ts.isPropertyAssignment,
  ts.isPropertySignature,
  ts.isMethodDeclaration,
  ts.isJsxAttribute,
];
/** Whether it is the name of a property, not a variable. */
const isProperty = (node) =>
  node.parent.propertyName === node || (node.parent.name === node && WITH_NAMES.some((is) => is(node.parent)));

const isDeclared = (node) => node.parent.name === node && !ts.isShorthandPropertyAssignment(node.parent);

/** Where a language defines the texts of a group. */
function definitions(literal, group) {
  return literal.properties.flatMap(({ name, initializer }) => {
    const inner = group.groups.get(name.text);
    const own = { at: name, put: () => (group.kept ? name.getText() : shortened(group, name.text)) };
    return [own, ...(inner ? definitions(initializer, inner) : [])];
  });
}

function edited(text, edits) {
  let [out, from] = ['', 0];
  for (const { at, put } of edits.toSorted((a, b) => a.at.getStart() - b.at.getStart())) {
    out += text.slice(from, at.getStart()) + put();
    from = at.end;
  }
  return out + text.slice(from);
}
