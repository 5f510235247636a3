import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder with package.json, from wherever this file runs: compiled or not. */
export function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}
