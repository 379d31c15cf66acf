// Turns a .hbs file into a module that holds its precompiled Handlebars spec, and a .css file into its text.
// One transform, used by the bundler (esbuild) and by the tests (vite), so both run the same templates.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { inlineMail, readMailStyles } from './inline-mail.mjs';
import { knownHelpers } from './template-helpers.mjs';

/** Formats whose output is not HTML: their text passes through the helpers `md` or `term` instead of HTML escaping. */
const plainText = /(markdown|terminal)[^/]*\.hbs$/;

/** The mail's: their classes become style attributes. */
const ofMail = /email[^/]*\.hbs$/;
const mailSheet = join(import.meta.dirname, '..', 'templates', 'email.css');

export function compileTemplate(path, source) {
  const inlined = ofMail.test(path)
    ? inlineMail(source, readMailStyles(readFileSync(mailSheet, 'utf8')))
    : source;
  const spec = Handlebars.precompile(inlined, {
    strict: true,
    knownHelpersOnly: true,
    knownHelpers,
    noEscape: plainText.test(path),
    preventIndent: true,
  });
  return `export default ${withoutBallast(spec)};\n`;
}

/** Where in the template a helper was called: told by no message of ours, and a fifth of all code. */
const position = /"(?:start|end)":\{"line":\d+,"column":\d+\}/.source;
const locations = new RegExp(`,\\s*(?:"loc":)?\\{${position},${position}\\}`, 'g');
/** Written into every program for runtimes before Handlebars 4.6, which had no `container.lookupProperty`. */
const oldLookup =
  /(container\.lookupProperty) \|\| function\(parent, propertyName\) \{\s+if \([^{]+\{\s+return parent\[propertyName\];\s+\}\s+return undefined\s+\}/g;

/** The same programs with a third less code to load: what only other runtimes and Handlebars' own error texts use is left out. */
function withoutBallast(spec) {
  return spec.replace(locations, '').replace(oldLookup, '$1');
}

export const esbuildTemplates = {
  name: 'templates',
  setup(build) {
    build.onLoad({ filter: /\.hbs$/ }, async ({ path }) => ({
      contents: compileTemplate(path, await readFile(path, 'utf8')),
      loader: 'js',
    }));
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

export const viteTemplates = {
  name: 'templates',
  enforce: 'pre',
  // A style sheet by its own name would go through vite's CSS plugin, which leaves nothing of it outside a browser.
  async resolveId(source, importer) {
    if (!source.endsWith('.css') || importer === undefined) return undefined;
    const found = await this.resolve(source, importer, { skipSelf: true });
    return found === null ? undefined : `${found.id}.text`;
  },
  async load(id) {
    if (id.endsWith('.hbs')) return compileTemplate(id, await readFile(id, 'utf8'));
    if (id.endsWith('.css.text'))
      return `export default ${JSON.stringify(await readFile(id.slice(0, -'.text'.length), 'utf8'))};`;
    return undefined;
  },
};
