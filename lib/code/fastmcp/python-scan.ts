/** A statement of a module that runs when it is imported, with its strings and comments taken out. */
type Statement = string;

/**
 * The names that a Python module has once it is imported, read without Python: assignments, imports, functions and
 * classes, in the blocks of `if`, `try`, `with`, `for` and `match` too.
 *
 * @returns undefined when only running it can tell, as with `from x import *`, a `__getattr__` or `globals()`
 */
export function moduleNames(source: string): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const statement of moduleStatements(source)) {
    if (/^from\b.*\bimport\s*\(?\s*\*/.test(statement)) return undefined;
    if (/\b(?:globals|exec|setattr|vars)\s*\(|\bsys\.modules\b/.test(statement)) return undefined;
    for (const name of boundBy(statement)) names.add(name);
  }
  return names.has('__getattr__') ? undefined : names;
}

/** Statements outside of functions and classes; a block's head and what follows it in one line are two. */
function* moduleStatements(source: string): Generator<Statement> {
  let inside: number | undefined; // indentation of the function or class that is being skipped
  for (const { indent, text } of logicalLines(source)) {
    if (inside !== undefined && indent > inside) continue;
    inside = undefined;
    if (/^(?:async\s+def|def|class)\b/.test(text)) {
      inside = indent;
      yield text;
      continue;
    }
    const block = /^(?:if|elif|else|try|except|finally|with|async\s+with|for|async\s+for|while|match|case)\b/.test(
      text,
    );
    const colon = block ? blockColon(text) : -1;
    if (colon === -1) yield* text.split(';').map((part) => part.trim());
    else yield* [text.slice(0, colon), ...text.slice(colon + 1).split(';')].map((part) => part.trim());
  }
}

interface LogicalLine {
  readonly indent: number;
  readonly text: string;
}

/** Lines as Python sees them: brackets and backslashes join them; strings become `""`, comments nothing. */
function logicalLines(source: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let text = '';
  let depth = 0;
  const end = (): void => {
    const indent = (/^[ \t]*/.exec(text)?.[0] ?? '').replaceAll('\t', '        ').length;
    if (text.trim() !== '') lines.push({ indent, text: text.trim() });
    text = '';
  };
  const token = /'''|"""|'|"|#[^\n]*|\\\r?\n|\r?\n|[([{]|[)\]}]|[^'"#\\\n\r()[\]{}]+|[\s\S]/y;
  for (let found = token.exec(source); found; found = token.exec(source)) {
    const [piece] = found;
    if (piece.startsWith('#') || piece.startsWith('\\')) continue;
    if (/^['"]/.test(piece)) {
      token.lastIndex = endOfString(source, token.lastIndex, piece);
      text += '""';
    } else if (/^\r?\n$/.test(piece)) {
      if (depth > 0) text += ' ';
      else end();
    } else {
      if (/^[([{]$/.test(piece)) depth += 1;
      else if (/^[)\]}]$/.test(piece)) depth = Math.max(0, depth - 1);
      text += piece;
    }
  }
  end();
  return lines;
}

function endOfString(source: string, start: number, quote: string): number {
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source.startsWith(quote, at)) return at + quote.length;
    else if (quote.length === 1 && source[at] === '\n') return at; // no Python: the interpreter will say so
  }
  return source.length;
}

/** Where the head of a block ends: the first colon outside of brackets that is no `:=` and belongs to no lambda. */
function blockColon(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (char === ':' && depth === 0 && text[at + 1] !== '=' && !/\blambda\b[^:]*$/.test(text.slice(0, at)))
      return at;
  }
  return -1;
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}_]*`;

/** The names that a statement gives a value to. */
function boundBy(statement: Statement): string[] {
  const declared = new RegExp(`^(?:async\\s+def|def|class|type)\\s+(${NAME})`, 'u').exec(statement)?.[1];
  if (declared !== undefined) return [declared];
  const imported = /^(?:from\b.*?\bimport|import)\b(.*)$/u.exec(statement)?.[1];
  if (imported !== undefined) return imported.replaceAll(/[()]/g, '').split(',').map(nameOfImport).filter(Boolean);
  const names = [...statement.matchAll(new RegExp(`(${NAME})\\s*:=`, 'gu'))].map(([, name]) => name ?? '');
  if (/^(?:with|async\s+with|except)\b/.test(statement)) {
    names.push(...[...statement.matchAll(new RegExp(`\\bas\\s+\\(?(${NAME})`, 'gu'))].map(([, name]) => name ?? ''));
  }
  const loop = /^(?:async\s+)?for\s+(.*?)\s+in\b/.exec(statement)?.[1];
  if (loop !== undefined) names.push(...targets(loop));
  const parts = statement.split(/(?<![=!<>:])(?:[-+*/%@&|^]|\*\*|\/\/|<<|>>)?=(?!=)/u);
  for (const part of parts.slice(0, -1)) names.push(...targets(part));
  return names;
}

function nameOfImport(text: string): string {
  const [path = '', alias] = text.trim().split(/\s+as\s+/);
  return (alias ?? path.split('.')[0] ?? '').trim();
}

/** The names on the left of an assignment: not items, attributes or what a call is given. */
function targets(text: string): string[] {
  const target = text.replace(/:.*$/s, ''); // without a type, which may have brackets of its own
  const plain = target.replaceAll(/[()[\]*]/g, ' ');
  const list = new RegExp(`^\\s*${NAME}(?:\\s*,\\s*${NAME})*\\s*,?\\s*$`, 'u');
  return list.test(plain) && !new RegExp(`${NAME}\\s*[[(]`, 'u').test(target)
    ? plain
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean)
    : [];
}
