// Writes the classes of templates/email.css into the templates of the mail. A mail client's style sheet support is what it
// is (Gmail drops a sheet with one rule it does not know), so the sheet must be gone before the mail is made, and it is: at
// build time, once. Libraries that do this (juice) parse a page as HTML; a template is none: `{{#each}}` stands between the rows of a
// table, a partial is a lone `<tr>`, and of two values of one colour they keep the last. Here nothing is parsed but start tags.

/** `color: light-dark(#111, #eee)` → both, the plain one first. */
const pair = /light-dark\(\s*(#[0-9a-f]{6})\s*,\s*(#[0-9a-f]{6})\s*\)/g;
const startTag = /<([a-z][a-z0-9]*)((?:\s+[a-z:-]+(?:="[^"]*")?|\{\{[^{}]*\}\}|\s+)*)\s*>/g;
/** Outlook takes the colour of a table from here. */
const coloured = new Set(['table', 'tr', 'td', 'th', 'body']);

/** Answers: which declarations stand for which class? Each colour pair is two declarations. */
export function readMailStyles(css) {
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, '');
  const tokens = new Map(
    [...plain.matchAll(/(--[a-z]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]),
  );
  const styles = new Map();
  for (const [, selector, body] of plain.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const name = /^\.([a-z][a-z0-9-]*)$/.exec(selector.trim())?.[1];
    if (selector.trim() === ':root') continue;
    if (name === undefined) throw new Error(`email.css: not one class: ${selector.trim()}`);
    styles.set(
      name,
      body.split(';').flatMap((line) => declarations(line, tokens)),
    );
  }
  return styles;
}

function declarations(line, tokens) {
  const [, property, written] = /^\s*([a-z-]+)\s*:\s*([\s\S]+?)\s*$/.exec(line) ?? [];
  if (property === undefined) return [];
  const value = written
    .replace(/var\((--[a-z]+)\)/g, (_found, token) => {
      if (!tokens.has(token)) throw new Error(`email.css: ${token} is not there`);
      return tokens.get(token);
    })
    .replace(/,\s+/g, ',');
  const light = value.replace(pair, '$1');
  if (light === value) return [[property, value]];
  // Of a border only the colour is said again.
  const again = property.startsWith('border')
    ? [`${property}-color`, value.match(pair)[0]]
    : [property, value];
  return [[property, light], again];
}

/** The template with `class="a b"` turned into style attributes, and bgcolor beside a background. */
export function inlineMail(source, styles) {
  return source.replace(startTag, (tag, name, attributes) => {
    const classes = /\sclass="([^"]*)"/.exec(attributes)?.[1];
    if (classes === undefined) return tag;
    const said = new Map();
    for (const each of classes.split(' ')) {
      const found = styles.get(each);
      if (found === undefined) throw new Error(`email.css: no class ${each}`);
      // A later class overrules: what an earlier one said of that property is dropped, both values of it.
      for (const [property] of found) said.delete(property);
      for (const [property, value] of found) said.set(property, [...(said.get(property) ?? []), value]);
    }
    const inline = [...said].flatMap(([property, values]) => values.map((value) => `${property}:${value}`));
    const own = /\sstyle="([^"]*)"/.exec(attributes)?.[1];
    const style = [...inline, ...(own === undefined ? [] : [own])].join(';');
    const background = said.get('background-color')?.[0];
    const bgcolor = background !== undefined && coloured.has(name) ? ` bgcolor="${background}"` : '';
    const rest = attributes.replace(/\sclass="[^"]*"/, '').replace(/\sstyle="[^"]*"/, '');
    return `<${name}${rest}${bgcolor} style="${style}">`;
  });
}
