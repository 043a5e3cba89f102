// The program's entry: sets up Node before anything large is loaded.
import { enableCompileCache } from 'node:module';

enableCompileCache();
// Where bundled modules find the scripts that lie beside their sources; see scripts/bundle.ts.
(globalThis as { qbuildSource?: string }).qbuildSource = new URL('./src/', import.meta.url).href;
const { runCommandLine } = await import('./command-line.ts');
process.exitCode = await runCommandLine(process.argv.slice(2), import.meta.url);
