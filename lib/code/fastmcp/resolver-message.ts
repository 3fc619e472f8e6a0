const LAST_LINES = 12;

/** What a resolver said, in its last lines, without addresses: those of private indexes may hold a password. */
export function resolverMessage(output: string): string {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^(?:WARNING|\[notice\]|Looking in|Using )/.test(line.trim()))
    .map((line) => withoutAddresses(line));
  return lines
    .slice(-LAST_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
}

function withoutAddresses(line: string): string {
  return line
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"`<>)\]]+/gi, '<index>')
    .replaceAll(/\bhost=(['"])[^'"]*\1/g, 'host=<index>')
    .replaceAll(/\/(?:[\w.~%-]+\/)*simple\/[\w./-]*/g, '<index>');
}
