/**
 * One argument of a POSIX shell command, quoted only when it must be: words of plain characters stay as they are
 * (but a leading `=`, which zsh expands), everything else goes into single quotes (POSIX.1-2017, Shell Command Language, 2.2.2). An empty text becomes `''`.
 */
export function shellQuote(text: string): string {
  return /^(?!=)[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
