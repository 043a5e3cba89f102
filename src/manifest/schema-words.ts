// Field schemas that several kinds of manifest share: names, paths, texts, URLs, versions.
import { z } from 'zod';

/** Names become path segments, action ids and arguments: nothing in them may look like an option or a path. */
export const NAME = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;

export const name = z
  .string()
  .max(64, { error: 'A name has at most 64 characters' })
  .regex(NAME, {
    error: 'A name has lower-case letters and digits, joined by single `-` or `.`, and begins with neither',
  })
  .meta({ id: 'name' });

/** A short text on one line, shown to people. */
export const line = z
  .string()
  .max(200, { error: 'The text has at most 200 characters' })
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*\S[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, {
    error: 'The text is one line without control characters and not empty',
  });

/** Relative path with `/`. Whether it stays inside its layer is checked when the manifest is loaded. */
export const relativePath = z
  .string()
  .max(400, { error: 'A path has at most 400 characters' })
  .regex(/^(?!\/)(?![A-Za-z]:)(?!-)/, {
    error: 'A path is relative: it begins with neither `/`, a drive letter nor `-`',
  })
  .regex(/^[^\\\p{Cc}\p{Cf}]+$/u, { error: 'A path uses `/` and has no backslash or control character' });

/** Path below a directory that somebody else lays out, such as a git repository. */
export const innerPath = relativePath.regex(/^(?!(?:.*\/)?\.\.(?:\/|$))/, {
  error: 'A path here has no `..`',
});

export const version = z.string().regex(/^(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)$/, {
  error: 'A version is `major.minor.patch`, each a number without leading zeros',
});

/** Debian's rule for package names (Debian Policy 5.6.1). */
export const debianPackage = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, {
  error: 'A distribution package has lower-case letters, digits, `+`, `-` and `.`',
});

export const url = z.string().regex(/^(?:https?|ssh|git|file):\/\/[^\s\p{Cc}\p{Cf}"'\\<>]+$/u, {
  error: 'A URL begins with `https://`, `http://`, `ssh://`, `git://` or `file://` and has no spaces',
});

export const architecture = z.enum(['amd64', 'arm64']);

export const names = z.array(name);
