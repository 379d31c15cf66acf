import { lstatSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod/mini';
import { deliveryShape, listedKeys } from './config-delivery.ts';
import type { ConfigPath } from './config-path.ts';
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
      `${path}: is not whole (${messageOf(error).split('\n')[0]}). Correct the file; nothing was audited.`,
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
  return `${at}: ${issue.message}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
