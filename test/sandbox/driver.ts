// Runs one sandbox in a process of its own, so that tests can kill it, give it a terminal or another user.
// usage: node driver.ts REQUEST-FILE; the request is JSON without `signal`; the result goes to RESULT-FILE in it.
import { readFileSync, writeFileSync } from 'node:fs';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';

const { resultFile, ...request } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
const result = await bubblewrap.run({ ...request, signal: new AbortController().signal });
writeFileSync(resultFile, JSON.stringify(result));
