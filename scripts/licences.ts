import { readFileSync, writeFileSync } from 'node:fs';
import { licencePage, readLock } from './supply-chain/lock-file.js';

/** Writes docs/licences.md out of the lock file. A test holds the two together. */
writeFileSync('docs/licences.md', licencePage(readLock(readFileSync('package-lock.json', 'utf8'))));
