import { lstatSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import { deliveryShape, listedKeys } from './config-delivery.ts';
import type { ConfigPath } from './config-path.ts';
import { findJsonSlip } from './json-slip.ts';
import { UsageError } from './usage-error.ts';

const suppression = z.strictObject({
  audit: z.string().check(z.minLength(1)),
  app: z.optional(z.union([z.string(), z.number()])),
  until: z.optional(z.union([z.string(), z.date()])),
  reason: z.string().check(z.minLength(3)),
});

const limitValues = z.record(z.string(), z.record(z.string(), z.number()));

/** Settings a config file may hold; the command line wins over all of them. */
const schema = z.strictObject({
  homes: z.optional(z.array(z.string())),
  since: z.optional(z.string()),
  out: z.optional(z.string()),
  format: z.optional(z.union([z.string(), z.array(z.string())])),
  lang: z.optional(z.string()),
  top: z.optional(z.number()),
  observe: z.optional(z.union([z.string(), z.number()])),
  failOn: z.optional(z.string()),
  quiet: z.optional(z.boolean()),
  kernelLog: z.optional(z.union([z.string(), z.array(z.string())])),
  db: z.optional(z.string()),
  limits: z.optional(limitValues),
  ignore: z.optional(z.array(suppression)),
  ...deliveryShape,
});

export type Config = z.infer<typeof schema>;

/**
 * Reads one config file. Unknown keys and wrong types are refused by name. An `.mjs` found by chance is run only when
 * it belongs to this user or root and nobody else may write it.
 */
export async function readConfig({ path, byChance }: ConfigPath): Promise<Config> {
  const result = schema.safeParse(await load(path, byChance));
  if (!result.success)
    throw new UsageError(`${path}: ${result.error.issues.slice(0, 3).map(describe).join('; ')}.`);
  return result.data;
}

async function load(path: string, byChance: boolean): Promise<unknown> {
  if (extname(path) === '.mjs') {
    if (byChance) refuseForeign(path);
    try {
      const module: { default?: unknown } = await import(pathToFileURL(path).href);
      return module.default;
    } catch (error) {
      throw new UsageError(
        `${path}: could not be loaded (${messageOf(error)}). Correct it, or name another file with --config.`,
        { cause: error },
      );
    }
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${path}: could not be read (${messageOf(error)}). Check the path given to --config.`,
      { cause: error },
    );
  }
  try {
    if (extname(path) === '.json') return JSON.parse(text);
    const { parse } = await import('yaml');
    return parse(text, { maxAliasCount: 20 });
  } catch (error) {
    throw new UsageError(
      `${path}: is not whole (${slipOf(path, text) ?? firstLine(error)}). Correct the file; nothing was audited.`,
      { cause: error },
    );
  }
}

function refuseForeign(path: string): void {
  const { uid, mode } = lstatSync(path);
  const own = process.getuid?.();
  if (own !== undefined && ((uid !== own && uid !== 0) || (mode & 0o022) !== 0)) {
    throw new UsageError(
      `${path}: is code that others may change, so it was not run. Name it with --config to run it all the same.`,
    );
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') {
    const known =
      issue.path.length === 0
        ? Object.keys(schema.def.shape)
        : issue.path[0] === 'ignore'
          ? Object.keys(suppression.def.shape)
          : listedKeys(issue.path);
    return `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}${issue.path.length ? ` in ${at}` : ''}; accepted are ${known.join(', ')}`;
  }
  if (issue.code === 'invalid_type') return `${at} must be of type ${issue.expected}`;
  if (issue.code === 'invalid_value') return `${at} must be ${listed(issue.values.map(String))}`;
  if (issue.code === 'too_small') return `${at} must ${leastOf(issue)}`;
  if (issue.code === 'too_big')
    return `${at} must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'invalid_union' && issue.message === unworded) return describeUnion(issue, at);
  return `${at}: ${issue.message}`;
}

/** What zod says where the shape has no words of its own. */
const unworded = 'Invalid input';

/** Of several shapes the one that fits furthest is meant; where none fits at all, their types. */
function describeUnion({ errors, path }: z.core.$ZodIssueInvalidUnion, at: string): string {
  const deeper = errors.flat().filter((inner) => inner.path.length > 0);
  const [best] = deeper.toSorted((a, b) => b.path.length - a.path.length);
  if (best !== undefined) return describe({ ...best, path: [...path, ...best.path] });
  const unknown = errors.flat().find(({ code }) => code === 'unrecognized_keys');
  if (unknown !== undefined) return describe({ ...unknown, path: [...path, ...unknown.path] });
  const types = errors.flat().flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
  return types.length === 0
    ? `${at} has a wrong value`
    : `${at} must be of type ${listed([...new Set(types)])}`;
}

const leastOf = ({ minimum, origin }: z.core.$ZodIssueTooSmall): string =>
  origin === 'string' || origin === 'array'
    ? `have at least ${minimum} ${origin === 'string' ? 'character' : 'item'}${minimum === 1 ? '' : 's'}`
    : `be at least ${minimum}`;

const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ');

function slipOf(path: string, text: string): string | null {
  const slip = extname(path) === '.json' ? findJsonSlip(text) : null;
  return slip && `line ${slip.line}, column ${slip.column}: ${slip.expected}`;
}

const firstLine = (error: unknown): string => (messageOf(error).split('\n')[0] ?? '').replace(/:$/, '');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
