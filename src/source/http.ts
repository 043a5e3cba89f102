// One HTTP(S) response stream: keep-alive, proxies from the environment, redirects, stall timeout, no content coding.
import * as http from 'node:http';
import * as https from 'node:https';
import { getCACertificates } from 'node:tls';

export interface Response {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Fails with an `Error` when the connection breaks, ends early or stalls. */
  readonly body: AsyncIterable<Buffer>;
  /** The URL that answered, after redirects. */
  readonly url: string;
  discard(): void;
}

export interface Client {
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
  close(): void;
}

/** As many as browsers follow before they call it a loop (WHATWG Fetch, 4.4). */
const REDIRECTS = 20;

/** A client with at most `connections` at once to one host. `stallMs`: silence after which a connection is given up. */
export function httpClient(connections: number, stallMs: number): Client {
  const options = { keepAlive: true, maxSockets: connections, proxyEnv: process.env };
  const agents: Record<string, http.Agent> = { 'http:': new http.Agent(options) };
  const agentFor = (protocol: string) => {
    agents[protocol] ??= new https.Agent({ ...options, ca: trustedAuthorities() });
    return agents[protocol];
  };
  const once = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const agent = agentFor(url.protocol);
      const module = url.protocol === 'https:' ? https : http;
      const sent = { 'user-agent': 'qbuild', 'accept-encoding': 'identity', ...headers };
      const request = module.get(url, { agent, headers: sent, signal }, (response) => {
        response.setTimeout(stallMs, () => response.destroy(new Error(stalled(url, stallMs))));
        resolve(response);
      });
      request.setTimeout(stallMs, () => request.destroy(new Error(stalled(url, stallMs))));
      request.on('error', reject);
    });
  return {
    async get(url, headers, signal) {
      let target = new URL(url);
      for (let hop = 0; hop <= REDIRECTS; hop += 1) {
        const response = await once(target, headers, signal);
        const status = response.statusCode ?? 0;
        const location = response.headers.location;
        if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
          return {
            status,
            headers: response.headers,
            body: response,
            url: target.href,
            discard: () => response.destroy(),
          };
        }
        response.destroy();
        if (!URL.canParse(location, target.href))
          throw new RefusedRedirect(`${url} redirects to ${location}`);
        target = new URL(location, target);
        if (!['http:', 'https:'].includes(target.protocol))
          throw new RefusedRedirect(`${url} redirects to ${target.protocol}`);
      }
      throw new RefusedRedirect(`${url} redirects more than ${REDIRECTS} times`);
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Node's own list and the machine's, as git and apt have it: the networks of companies vouch for themselves there. */
function trustedAuthorities(): string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')];
}

/** A redirect that is not followed; trying again would not help. */
export class RefusedRedirect extends Error {}

function stalled(url: URL, stallMs: number): string {
  return `${url.host} sent nothing for ${stallMs / 1000} s`;
}
