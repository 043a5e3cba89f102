// Where relative paths and symlinks of a source tree lead.
import { posix } from 'node:path';

/** Whether the symlink at `path` of a tree points out of it, judged by the names alone. */
export function leavesTree(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true;
  const reached = posix.normalize(posix.join(posix.dirname(path), target));
  return reached === '..' || reached.startsWith('../');
}

/** Whether a path is safe to create below a directory: relative, without `.`, `..`, `.git` or empty parts. */
export function isTreePath(path: string): boolean {
  return path.split('/').every((part) => !/^(?:|\.|\.\.|\.git)$/i.test(part) && !part.includes('\0'));
}
