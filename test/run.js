// Builds, runs all tests (the arguments go to Jest), and ends with one plain line: "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'credits-run-'));
const summaryFile = path.join(scratch, 'summary.json');

/** @param {string[]} args */
function node(args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TEST_SUMMARY_FILE: summaryFile },
  });
  return status ?? 1;
}

function readSummary() {
  try {
    return JSON.parse(readFileSync(summaryFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // the build failed, or Jest ended before it had a result
  }
}

const compiled = node(['node_modules/@nestjs/cli/bin/nest.js', 'build']);
const built = compiled === 0 ? node(['dist/scripts/bundle-verifier.js']) || node(['dist/scripts/build-web.js']) : compiled;
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const status = built === 0 ? node([...jest, ...process.argv.slice(2)]) : built;
const { passed, failed, skipped } = readSummary();
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = status === 0 && failed > 0 ? 1 : status;
