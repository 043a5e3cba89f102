// A directory over HTTP on the loopback interface, by a thread of its own: the bench itself only waits for its children.
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export interface ArchiveServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the files of `directory` until it is stopped. */
export async function serveArchive(directory: string): Promise<ArchiveServer> {
  const worker = new Worker(new URL(import.meta.url), { workerData: directory });
  const [port] = await once(worker, 'message');
  return { url: `http://127.0.0.1:${port}`, stop: async () => void (await worker.terminate()) };
}

function serve(directory: string): void {
  const server = createServer(({ url = '/' }, response) => {
    const path = join(directory, normalize(decodeURIComponent(url)));
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Length': stats.size, 'Last-Modified': stats.mtime.toUTCString() });
    createReadStream(path).pipe(response);
  });
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
}

if (!isMainThread) serve(workerData as string);
